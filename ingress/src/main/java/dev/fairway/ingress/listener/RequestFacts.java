// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/** What an exchange finds out about its request. Confined to one event loop. */
final class RequestFacts implements ServedRequest {
  private final Client client;
  private final RequestHead head;
  private final RequestTarget target;
  private final Route route;
  private final long started = System.nanoTime();
  private long answered;
  private long ended;
  private @Nullable BackendRef backend;
  private @Nullable Endpoint endpoint;
  private int attempts;
  private int status;
  private Why why = Why.BACKEND;
  private boolean complete;
  private long requestBytes;
  private long responseBytes;

  RequestFacts(Client client, RequestHead head, RequestTarget target, Route route) {
    this.client = client;
    this.head = head;
    this.target = target;
    this.route = route;
  }

  void backend(BackendRef chosen) {
    backend = chosen;
  }

  void attempt(Endpoint tried) {
    endpoint = tried;
    attempts++;
  }

  /** Why the answer that follows is one of the gateway's own; the first reason holds. */
  void because(Why reason) {
    if (why == Why.BACKEND) {
      why = reason;
    }
  }

  /** The head of the final response is on its way. */
  void responseBegins(int finalStatus) {
    status = finalStatus;
    answered = System.nanoTime();
  }

  void requestBytes(int more) {
    requestBytes += more;
  }

  void responseBytes(int more) {
    responseBytes += more;
  }

  /** The client is about to have the whole response. */
  void complete() {
    complete = true;
  }

  /** Nothing more happens. */
  void end(RequestObserver observer) {
    ended = System.nanoTime();
    if (!complete) {
      because(Why.CLIENT_GONE);
    }
    if (status == 0) {
      status = CLIENT_CLOSED;
    }
    observer.served(this);
  }

  @Override
  public Client client() {
    return client;
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public RequestTarget target() {
    return target;
  }

  @Override
  public Route route() {
    return route;
  }

  @Override
  public @Nullable BackendRef backend() {
    return backend;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public Why why() {
    return why;
  }

  @Override
  public long requestBytes() {
    return requestBytes;
  }

  @Override
  public long responseBytes() {
    return responseBytes;
  }

  @Override
  public long durationNanos() {
    return ended - started;
  }

  @Override
  public long headNanos() {
    return answered == 0 ? -1 : answered - started;
  }

  @Override
  public int attempts() {
    return attempts;
  }

  @Override
  public @Nullable String endpoint() {
    Endpoint last = endpoint;
    return last == null ? null : last.toString();
  }
}
