// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.trace.Attempt;
import dev.fairway.ingress.trace.RequestTrace;
import dev.fairway.ingress.trace.SpanContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The spans of one request as fields of a {@code ScopeSpans}: the server's, and one of a client for
 * each attempt. Attributes are those of the semantic conventions for HTTP; queries are not told, as
 * they carry secrets.
 */
final class SpanWriter {
  /** {@code ScopeSpans.spans}. */
  static final int SPANS = 2;

  private static final int SERVER = 2;
  private static final int CLIENT = 3;
  private static final int ERROR = 2;
  private static final int ATTRIBUTES = 9;
  private static final int LINKS = 13;
  private static final int STATUS = 15;
  private static final int FLAGS = 16;
  private static final int SAMPLED = 1;
  private static final int KNOWS_REMOTE = 0x100;
  private static final int REMOTE = 0x200;
  private static final int MAX_TEXT = 1024;

  private final ServedRequest request;
  private final RequestTrace trace;
  private final long startNanos;
  private final ProtoWriter out = new ProtoWriter(1024);

  SpanWriter(ServedRequest request, RequestTrace trace) {
    this.request = request;
    this.trace = trace;
    Instant start = trace.start();
    startNanos = start.getEpochSecond() * 1_000_000_000L + start.getNano();
  }

  /** How many spans the request has. */
  int count() {
    return 1 + trace.attempts().size();
  }

  byte[] write() {
    server();
    int number = 0;
    for (Attempt attempt : trace.attempts()) {
      client(attempt, number++);
    }
    return out.toBytes();
  }

  private void server() {
    int span = begin(trace.spanId(), trace.parentId());
    int flags = SAMPLED | KNOWS_REMOTE | (trace.parentId() == 0 ? 0 : REMOTE);
    Route route = request.route();
    RequestHead head = request.head();
    String name = spanName(head);
    times(
        route == null ? name : name + ' ' + route.match().path(),
        SERVER,
        0,
        request.durationNanos());
    method(head);
    RequestTarget target = request.target();
    if (target != null) {
      text("url.path", target.path());
      text("server.address", target.host());
    }
    number("server.port", request.client().port());
    text("url.scheme", request.client().scheme());
    text("client.address", request.client().address());
    version(head);
    if (head != null) {
      text("user_agent.original", head.fields().get("user-agent"));
    }
    number("http.response.status_code", request.status());
    number("http.request.body.size", request.requestBytes());
    number("http.response.body.size", request.responseBytes());
    if (route != null) {
      text("http.route", route.match().path());
      text("fairway.route", route.origin());
    }
    service();
    if (request.why() != Why.BACKEND) {
      text("fairway.why", request.why().code());
    }
    outcome();
    SpanContext link = trace.link();
    if (link != null) {
      link(link);
    }
    out.fixed32(FLAGS, flags);
    out.end(span);
  }

  private void client(Attempt attempt, int number) {
    int span = begin(attempt.spanId(), trace.spanId());
    RequestHead head = request.head();
    times(spanName(head), CLIENT, attempt.startNanos(), attempt.endNanos());
    method(head);
    RequestTarget target = request.target();
    if (target != null) {
      text("server.address", target.host());
      number("server.port", request.client().port());
    }
    peer(attempt.endpoint());
    service();
    if (number > 0) {
      number("http.request.resend_count", number);
    }
    if (attempt.status() > 0) {
      number("http.response.status_code", attempt.status());
    }
    String error = attempt.error();
    if (error.isEmpty() && attempt.status() >= 400) {
      error = Integer.toString(attempt.status());
    }
    if (!error.isEmpty()) {
      text("error.type", error);
      failed();
    }
    out.fixed32(FLAGS, SAMPLED | KNOWS_REMOTE);
    out.end(span);
  }

  private int begin(long spanId, long parentId) {
    int span = out.begin(SPANS);
    out.id(1, trace.traceHigh(), trace.traceLow());
    out.id(2, spanId);
    if (parentId != 0) {
      out.id(4, parentId);
    }
    return span;
  }

  private void times(String name, int kind, long from, long to) {
    out.text(5, cut(name));
    out.number(6, kind);
    out.fixed64(7, startNanos + from);
    out.fixed64(8, startNanos + to);
  }

  private static String spanName(@Nullable RequestHead head) {
    return head != null && isKnown(head.method()) ? head.method() : "HTTP";
  }

  /** Methods that are not registered would make any number of values. */
  private void method(@Nullable RequestHead head) {
    if (head == null) {
      return;
    }
    if (isKnown(head.method())) {
      text("http.request.method", head.method());
    } else {
      text("http.request.method", "_OTHER");
      text("http.request.method_original", head.method());
    }
  }

  private static boolean isKnown(String method) {
    return switch (method) {
      case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" -> true;
      default -> false;
    };
  }

  private void version(@Nullable RequestHead head) {
    int http = request.client().http();
    boolean old = head != null && head.minorVersion() == 0;
    text("network.protocol.version", http > 1 ? Integer.toString(http) : old ? "1.0" : "1.1");
  }

  /** Address and port of an endpoint, [address]:port where it is one of IPv6. */
  private void peer(String endpoint) {
    int colon = endpoint.lastIndexOf(':');
    if (colon > 0) {
      boolean brackets = endpoint.charAt(0) == '[';
      text(
          "network.peer.address",
          endpoint.substring(brackets ? 1 : 0, brackets ? colon - 1 : colon));
      number("network.peer.port", Long.parseLong(endpoint, colon + 1, endpoint.length(), 10));
    }
  }

  private void service() {
    BackendRef backend = request.backend();
    if (backend != null && backend.target() instanceof BackendRef.Service service) {
      BackendPort port = service.upstream().port();
      text("k8s.namespace.name", port.service().namespace());
      text("k8s.service.name", port.service().name());
    }
  }

  /** A server's span has failed where the server did; a client that left is told, no more. */
  private void outcome() {
    boolean broken =
        switch (request.why()) {
          case BACKEND_CLOSED, BACKEND_TIMEOUT, BACKEND_MALFORMED, REQUEST_TIMEOUT -> true;
          default -> false;
        };
    boolean failed = broken || request.status() >= 500;
    boolean ours =
        switch (request.why()) {
          case BACKEND, FILTER, ROUTE -> false;
          default -> true;
        };
    if (failed || request.why() == Why.CLIENT_GONE) {
      text("error.type", ours ? request.why().code() : Integer.toString(request.status()));
    }
    if (failed) {
      failed();
    }
  }

  private void failed() {
    int status = out.begin(STATUS);
    out.number(3, ERROR);
    out.end(status);
  }

  private void link(SpanContext to) {
    int link = out.begin(LINKS);
    out.id(1, to.traceHigh(), to.traceLow());
    out.id(2, to.spanId());
    out.fixed32(6, (to.sampled() ? SAMPLED : 0) | KNOWS_REMOTE | REMOTE);
    out.end(link);
  }

  private void text(String key, @Nullable String value) {
    if (value != null) {
      attribute(out, ATTRIBUTES, key, cut(value));
    }
  }

  private void number(String key, long value) {
    int pair = out.begin(ATTRIBUTES);
    out.text(1, key);
    int any = out.begin(2);
    out.number(3, value);
    out.end(any);
    out.end(pair);
  }

  /** An attribute that is a text. */
  static void attribute(ProtoWriter out, int field, String key, String value) {
    int pair = out.begin(field);
    out.text(1, key);
    int any = out.begin(2);
    out.text(1, value);
    out.end(any);
    out.end(pair);
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
  }
}
