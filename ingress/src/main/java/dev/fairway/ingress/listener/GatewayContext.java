// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.RequestFields;
import dev.fairway.ingress.filter.ResponseFields;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.trace.Tracer;
import dev.fairway.ingress.upstream.UpstreamPools;
import dev.fairway.ingress.upstream.UpstreamRegistry;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What all connections of a gateway share. Thread-safe. */
public final class GatewayContext {
  private final UpstreamRegistry upstreams;
  private final UpstreamPools pools;
  private final RequestFields requestFields;
  private final ResponseFields responseFields;
  private final ListenerLimits limits;
  private final List<IpPrefix> alwaysTrusted;
  private volatile List<IpPrefix> trustedProxies;
  private final RequestObserver observer;
  private final @Nullable Tracer tracer;
  private final GatewayCounters counters = new GatewayCounters();
  private final OpenConnections connections;
  private volatile MemoryGuard memory = new MemoryGuard(() -> 0);
  private final AtomicInteger turn = new AtomicInteger();
  private volatile boolean draining;

  public GatewayContext(
      UpstreamRegistry upstreams,
      UpstreamPools pools,
      RequestFields requestFields,
      ResponseFields responseFields,
      ListenerLimits limits,
      List<IpPrefix> trustedProxies,
      RequestObserver observer,
      @Nullable Tracer tracer) {
    this.upstreams = upstreams;
    this.pools = pools;
    this.requestFields = requestFields;
    this.responseFields = responseFields;
    this.limits = limits;
    connections = new OpenConnections(limits.connections(), counters);
    alwaysTrusted = List.copyOf(trustedProxies);
    this.trustedProxies = alwaysTrusted;
    this.observer = observer;
    this.tracer = tracer;
  }

  /** Whose X-Forwarded fields are believed from now on, on connections that begin, too. */
  public void trustAlso(List<IpPrefix> proxies) {
    List<IpPrefix> all = new ArrayList<>(alwaysTrusted);
    all.addAll(proxies);
    trustedProxies = List.copyOf(all);
  }

  /** What decides whether there is memory for more. */
  public void guardMemory(MemoryGuard guard) {
    memory = guard;
  }

  /** From now on every response announces the end of its connection. */
  public void startDraining() {
    draining = true;
  }

  /** Counts of what the gateway did. */
  public GatewayCounters counters() {
    return counters;
  }

  MemoryGuard memory() {
    return memory;
  }

  OpenConnections connections() {
    return connections;
  }

  UpstreamRegistry upstreams() {
    return upstreams;
  }

  UpstreamPools pools() {
    return pools;
  }

  RequestFields requestFields() {
    return requestFields;
  }

  ResponseFields responseFields() {
    return responseFields;
  }

  ListenerLimits limits() {
    return limits;
  }

  List<IpPrefix> trustedProxies() {
    return trustedProxies;
  }

  /** Gives requests their place in traces; null where nothing is traced. */
  @Nullable Tracer tracer() {
    return tracer;
  }

  /** Is told of every request that is over. */
  RequestObserver observer() {
    return observer;
  }

  /** The next point of a sequence that fills 0 to total - 1 evenly (golden ratio). */
  int spread(int total) {
    long fraction = (turn.getAndIncrement() * 0x9E3779B1L) & 0xFFFFFFFFL;
    return (int) ((fraction * total) >>> 32);
  }

  boolean isDraining() {
    return draining;
  }
}
