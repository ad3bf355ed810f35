// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The formats that web servers share. Times are UTC. */
final class TextLine implements LineWriter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String HEX = "0123456789ABCDEF";

  private final AccessLogFormat format;

  TextLine(AccessLogFormat format) {
    this.format = format;
  }

  @Override
  public void write(StringBuilder out, ServedRequest request, Instant end) {
    out.append(request.client().address()).append(" - - [").append(TIME.format(end)).append("] \"");
    RequestHead head = request.head();
    if (head != null) {
      escape(out, head.method());
      out.append(' ');
      escape(out, head.target());
      out.append(' ').append(Facts.protocol(request.client(), head));
    }
    out.append("\" ").append(request.status()).append(' ').append(request.responseBytes());
    if (format == AccessLogFormat.COMMON) {
      return;
    }
    quoted(out, Facts.field(request, "referer"));
    quoted(out, Facts.field(request, "user-agent"));
    if (format == AccessLogFormat.UPSTREAMINFO) {
      upstream(out, request);
    }
  }

  private static void upstream(StringBuilder out, ServedRequest request) {
    out.append(' ').append(request.requestBytes()).append(' ');
    Facts.seconds(out, request.durationNanos());
    BackendPort port = Facts.port(request);
    out.append(" [");
    if (port != null) {
      out.append(port.service().namespace()).append('-').append(port.service().name()).append('-');
      out.append(port.name().isEmpty() ? Integer.toString(port.number()) : port.name());
    }
    out.append("] [] ");
    String endpoint = request.endpoint();
    out.append(endpoint == null ? "-" : endpoint).append(' ');
    boolean answered = endpoint != null && request.why() == Why.BACKEND;
    if (answered) {
      out.append(request.responseBytes()).append(' ');
      Facts.seconds(out, request.headNanos());
      out.append(' ').append(request.status());
    } else {
      out.append("- - -");
    }
    out.append(' ');
    String id = Facts.field(request, "x-request-id");
    escape(out, id == null ? "-" : id);
  }

  private static void quoted(StringBuilder out, @Nullable String value) {
    out.append(" \"");
    escape(out, value == null || value.isEmpty() ? "-" : value);
    out.append('"');
  }

  /** As web servers do it: quotes, backslashes and what is not printable ASCII as {@code \xHH}. */
  static void escape(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        out.append("\\x").append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
      } else {
        out.append(c);
      }
    }
  }
}
