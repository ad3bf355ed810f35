// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.trace.Hex;
import dev.fairway.ingress.trace.RequestTrace;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON object. */
final class JsonLine implements LineWriter {
  private static final String HEX = "0123456789abcdef";

  private final List<String> fields;

  JsonLine(List<String> fields) {
    this.fields = fields;
  }

  @Override
  public void write(StringBuilder out, ServedRequest request, Instant end) {
    out.append("{\"time\":\"").append(end).append('"');
    text(out, "remote_addr", request.client().address());
    RequestHead head = request.head();
    if (head != null) {
      text(out, "method", head.method());
      text(out, "target", head.target());
      text(out, "protocol", Facts.protocol(request.client(), head));
    }
    RequestTarget target = request.target();
    text(out, "host", target == null ? null : target.host());
    text(out, "scheme", request.client().scheme());
    number(out, "status", request.status());
    text(out, "why", request.why().code());
    number(out, "request_bytes", request.requestBytes());
    number(out, "bytes_sent", request.responseBytes());
    seconds(out, "request_time", request.durationNanos());
    if (request.headNanos() >= 0) {
      seconds(out, "header_time", request.headNanos());
    }
    route(out, request);
    TlsSession session = request.client().session();
    if (session != null) {
      text(out, "tls_protocol", session.protocol());
      text(out, "tls_cipher", session.cipherSuite());
    }
    text(out, "request_id", Facts.field(request, "x-request-id"));
    text(out, "user_agent", Facts.field(request, "user-agent"));
    text(out, "referer", Facts.field(request, "referer"));
    text(out, "traceparent", Facts.field(request, "traceparent"));
    RequestTrace trace = request.trace();
    if (trace != null) {
      text(out, "trace_id", Hex.of(trace.traceHigh(), trace.traceLow()));
      text(out, "span_id", Hex.of(trace.spanId()));
    }
    for (String name : fields) {
      text(out, "field_" + name, Facts.field(request, name));
    }
    out.append('}');
  }

  private static void route(StringBuilder out, ServedRequest request) {
    Route route = request.route();
    if (route == null) {
      return;
    }
    text(out, "route", route.origin());
    text(out, "path", route.match().path());
    BackendPort port = Facts.port(request);
    if (port != null) {
      text(out, "namespace", port.service().namespace());
      text(out, "service", port.service().name());
      text(out, "upstream_addr", request.endpoint());
      number(out, "attempts", request.attempts());
    }
  }

  private static void number(StringBuilder out, String name, long value) {
    out.append(",\"").append(name).append("\":").append(value);
  }

  private static void seconds(StringBuilder out, String name, long nanos) {
    out.append(",\"").append(name).append("\":");
    Facts.seconds(out, nanos);
  }

  private static void text(StringBuilder out, String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    out.append(",\"").append(name).append("\":\"");
    escape(out, value);
    out.append('"');
  }

  /** Text within quotes. */
  static void escape(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(HEX.charAt(c >> shift & 15));
        }
      } else {
        out.append(c);
      }
    }
  }
}
