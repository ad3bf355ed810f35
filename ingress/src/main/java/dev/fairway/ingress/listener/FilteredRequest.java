// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.ErrorPages;
import dev.fairway.ingress.route.Hashes;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.SubRequest;
import dev.fairway.ingress.route.SubResponse;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.Selection;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request as its filters see it, and what they have decided. Confined to the event loop of its
 * client.
 */
abstract class FilteredRequest implements RequestContext {
  final GatewayContext gateway;
  final Downstream downstream;
  private final Frontend frontend;
  private final Client client;
  private final RequestHead head;
  private final RequestTarget target;
  private final Route route;
  private String forwardedTarget;
  private @Nullable String forwardedHost;
  private @Nullable String preferredEndpoint;
  private @Nullable String balanceKey;
  private @Nullable BackendRef decidedBackend;
  private @Nullable ErrorPages second;
  private @Nullable Mirrors mirrors;
  private @Nullable List<Consumer<ResponseHead>> responseChanges;
  private @Nullable List<Runnable> endTasks;

  FilteredRequest(
      GatewayContext gateway,
      Frontend frontend,
      Downstream downstream,
      Client client,
      RequestHead head,
      RequestTarget target,
      Route route) {
    this.gateway = gateway;
    this.frontend = frontend;
    this.downstream = downstream;
    this.client = client;
    this.head = head;
    this.target = target;
    this.route = route;
    forwardedTarget = target.pathAndQuery();
  }

  @Override
  public final RequestHead head() {
    return head;
  }

  @Override
  public final RequestTarget target() {
    return target;
  }

  @Override
  public final Client client() {
    return client;
  }

  @Override
  public final Route route() {
    return route;
  }

  @Override
  public final EventLoop eventLoop() {
    return downstream.eventLoop();
  }

  @Override
  public final long nanoTime() {
    return downstream.eventLoop().ticker().nanoTime();
  }

  @Override
  public final int chance(int bound) {
    return gateway.spread(bound);
  }

  @Override
  public final int httpsPort() {
    return frontend.httpsPort();
  }

  @Override
  public final String forwardedTarget() {
    return forwardedTarget;
  }

  @Override
  public final void forwardTarget(String pathAndQuery) {
    forwardedTarget = pathAndQuery;
  }

  /** The authority that the backend gets, or null for that of the client. */
  final @Nullable String forwardedHost() {
    return forwardedHost;
  }

  @Override
  public final void forwardHost(String authority) {
    forwardedHost = authority;
  }

  @Override
  public final void preferEndpoint(String identity) {
    preferredEndpoint = identity;
  }

  @Override
  public final void balanceBy(String key) {
    balanceKey = key;
  }

  /** Has an endpoint chosen as filters have decided. */
  final void influence(Selection selection) {
    if (preferredEndpoint != null) {
      selection.prefer(preferredEndpoint);
    }
    if (balanceKey != null) {
      selection.balanceBy(Hashes.of(balanceKey));
    }
  }

  /** The backend that a filter has chosen, or null. */
  final @Nullable BackendRef decidedBackend() {
    return decidedBackend;
  }

  @Override
  public final void forwardTo(BackendRef decided) {
    decidedBackend = decided;
  }

  /** Who answers instead of the backend, or null. */
  final @Nullable ErrorPages second() {
    return second;
  }

  @Override
  public final void fallBackTo(@Nullable ErrorPages other) {
    second = other;
  }

  /** The copies of the request, or null. */
  final @Nullable Mirrors mirrors() {
    return mirrors;
  }

  @Override
  public final void mirror(UpstreamSpec upstream, @Nullable String host) {
    if (mirrors == null) {
      mirrors = new Mirrors(gateway, frontend, downstream, client);
    }
    mirrors.add(upstream, host);
  }

  @Override
  public final void ask(SubRequest question, Consumer<SubResponse> then) {
    SubExchange started = SubExchange.start(gateway, frontend, downstream, client, question, then);
    onEnd(started::cancel);
  }

  @Override
  public final void onResponse(Consumer<ResponseHead> change) {
    if (responseChanges == null) {
      responseChanges = new ArrayList<>(2);
    }
    responseChanges.add(change);
  }

  /** Lets filters change the head of a final response. */
  final void change(ResponseHead response) {
    List<Consumer<ResponseHead>> changes = responseChanges;
    if (changes != null) {
      for (Consumer<ResponseHead> change : changes) {
        change.accept(response);
      }
    }
  }

  @Override
  public final void onEnd(Runnable task) {
    if (endTasks == null) {
      endTasks = new ArrayList<>(2);
    }
    endTasks.add(task);
  }

  /** Tells filters that the request is over. */
  final void runEndTasks() {
    List<Runnable> tasks = endTasks;
    if (tasks != null) {
      tasks.forEach(Runnable::run);
    }
  }
}
