// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;

/**
 * How the client speaks: as the peer does, or, where the peer is a trusted proxy, as the first word
 * of its X-Forwarded-Proto says. A load balancer that ends TLS says it there.
 */
public final class ClientScheme {
  private ClientScheme() {}

  /** Whether the client came over HTTPS. */
  public static boolean isHttps(RequestContext request) {
    if (request.client().trusted()) {
      String said = request.head().fields().get(Field.X_FORWARDED_PROTO);
      if (said != null) {
        int comma = said.indexOf(',');
        String first = (comma < 0 ? said : said.substring(0, comma)).strip();
        if (first.equalsIgnoreCase("https")) {
          return true;
        }
        if (first.equalsIgnoreCase("http")) {
          return false;
        }
      }
    }
    return request.client().tls();
  }

  /** {@code https} or {@code http}. */
  public static String of(RequestContext request) {
    return isHttps(request) ? "https" : "http";
  }
}
