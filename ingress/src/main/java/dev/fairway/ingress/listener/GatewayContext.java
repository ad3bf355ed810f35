// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.RequestFields;
import dev.fairway.ingress.filter.ResponseFields;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.upstream.UpstreamPools;
import dev.fairway.ingress.upstream.UpstreamRegistry;
import dev.fairway.service.IpPrefix;
import java.util.List;

/** What all connections of a gateway share. Thread-safe. */
public final class GatewayContext {
  private final UpstreamRegistry upstreams;
  private final UpstreamPools pools;
  private final RequestFields requestFields;
  private final ResponseFields responseFields;
  private final ListenerLimits limits;
  private final List<IpPrefix> trustedProxies;
  private final GatewayCounters counters = new GatewayCounters();
  private volatile RouteTable routes = RouteTable.empty();
  private volatile int redirectPort = 443;
  private volatile boolean draining;

  public GatewayContext(
      UpstreamRegistry upstreams,
      UpstreamPools pools,
      RequestFields requestFields,
      ResponseFields responseFields,
      ListenerLimits limits,
      List<IpPrefix> trustedProxies) {
    this.upstreams = upstreams;
    this.pools = pools;
    this.requestFields = requestFields;
    this.responseFields = responseFields;
    this.limits = limits;
    this.trustedProxies = List.copyOf(trustedProxies);
  }

  /** The current routes; a request reads them once. */
  public RouteTable routes() {
    return routes;
  }

  /** Replaces all routes at once. */
  public void publish(RouteTable table) {
    routes = table;
  }

  /** The port that redirects to HTTPS name. */
  public void redirectTo(int httpsPort) {
    redirectPort = httpsPort;
  }

  /** From now on every response announces the end of its connection. */
  public void startDraining() {
    draining = true;
  }

  /** Counts of what the gateway did. */
  public GatewayCounters counters() {
    return counters;
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

  int redirectPort() {
    return redirectPort;
  }

  boolean isDraining() {
    return draining;
  }
}
