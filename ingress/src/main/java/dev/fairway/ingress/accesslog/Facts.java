// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import org.jspecify.annotations.Nullable;

/** What both kinds of lines ask of a request. */
final class Facts {
  private Facts() {}

  /** The value of a request header field, or null. */
  static @Nullable String field(ServedRequest request, String lowerName) {
    RequestHead head = request.head();
    if (head == null) {
      return null;
    }
    HttpFields fields = head.fields();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.hasName(i, lowerName)) {
        return fields.value(i);
      }
    }
    return null;
  }

  /** What the client speaks, as nginx names it. */
  static String protocol(Client client, RequestHead head) {
    return switch (client.http()) {
      case 2 -> "HTTP/2.0";
      case 3 -> "HTTP/3.0";
      default -> head.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
    };
  }

  /** The port of a Service that the request was sent to, or null. */
  static @Nullable BackendPort port(ServedRequest request) {
    BackendRef backend = request.backend();
    return backend != null && backend.target() instanceof BackendRef.Service service
        ? service.upstream().port()
        : null;
  }

  /** Thousandths of a second, as {@code 0.030}. */
  static void seconds(StringBuilder out, long nanos) {
    long millis = Math.max(0, nanos) / 1_000_000;
    out.append(millis / 1000).append('.');
    long rest = millis % 1000;
    out.append(rest < 100 ? "0" : "").append(rest < 10 ? "0" : "").append(rest);
  }
}
