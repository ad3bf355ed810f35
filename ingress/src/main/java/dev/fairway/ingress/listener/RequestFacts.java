// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.trace.RequestTrace;
import dev.fairway.ingress.trace.Tracer;
import dev.fairway.ingress.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/** What an exchange finds out about its request. Confined to one event loop. */
final class RequestFacts implements ServedRequest {
  private final Client client;
  private final RequestHead head;
  private final RequestTarget target;
  private final Route route;
  private final @Nullable RequestTrace trace;
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

  /**
   * A request whose route is known.
   *
   * @param tracer gives it its place in a trace, null where nothing is traced
   */
  RequestFacts(
      @Nullable Tracer tracer, Client client, RequestHead head, RequestTarget target, Route route) {
    this.client = client;
    this.head = head;
    this.target = target;
    this.route = route;
    trace = tracer == null ? null : tracer.begin(head.fields(), route.telemetry(), client, started);
  }

  void backend(BackendRef chosen) {
    backend = chosen;
  }

  void attempt(Endpoint tried) {
    endpoint = tried;
    attempts++;
    RequestTrace sampled = sampled();
    if (sampled != null) {
      sampled.attempt(tried.toString(), System.nanoTime());
    }
  }

  /** The attempt is about to send these fields. */
  void sends(HttpFields fields) {
    if (trace != null) {
      trace.propagate(fields);
    }
  }

  /** The attempt has the head of a final response. */
  void attemptAnswered(int finalStatus) {
    if (trace != null) {
      trace.answered(finalStatus);
    }
  }

  /** The attempt comes to nothing. */
  void attemptFailed(Why reason) {
    RequestTrace sampled = sampled();
    if (sampled != null) {
      sampled.attemptEnded(reason.code(), System.nanoTime());
    }
  }

  private @Nullable RequestTrace sampled() {
    return trace != null && trace.isSampled() ? trace : null;
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

  /** Nothing more happens; those who count requests of clients are told. */
  void end(RequestObserver observer) {
    ended = System.nanoTime();
    if (!complete) {
      because(Why.CLIENT_GONE);
    }
    if (status == 0) {
      status = CLIENT_CLOSED;
    }
    RequestTrace sampled = sampled();
    if (sampled != null) {
      sampled.attemptEnded(complete ? "" : why.code(), ended);
    }
    if (route.telemetry().counted()) {
      observer.served(this);
    }
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
  public @Nullable RequestTrace trace() {
    return trace;
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
