// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;
import org.jspecify.annotations.Nullable;

/**
 * What the client asked for, for redirects that lead it back: the Host and our port, or, where the
 * peer is a trusted proxy, what the first words of its X-Forwarded-Host and -Port say.
 */
public final class ClientAuthority {
  private ClientAuthority() {}

  /** The host as the client wrote it, with its port where that is not the usual one. */
  public static String of(RequestContext request) {
    if (!isForwarded(request)) {
      return request.target().authority();
    }
    String said = forwardedHost(request);
    String authority = said == null ? request.target().authority() : said;
    int port = number(first(request, Field.X_FORWARDED_PORT));
    boolean bare = port(authority) == 0 && !authority.isEmpty();
    return bare && port > 0 && port != usualPort(request) ? authority + ":" + port : authority;
  }

  /** The host, lower case, without port; "" where the client named none. */
  public static String host(RequestContext request) {
    String said = isForwarded(request) ? forwardedHost(request) : null;
    String host = said == null ? null : HostName.normalize(said);
    return host == null ? request.target().host() : host;
  }

  /** The port that the client connected to. */
  public static int port(RequestContext request) {
    if (!isForwarded(request)) {
      return request.client().port();
    }
    int said = number(first(request, Field.X_FORWARDED_PORT));
    int named = said > 0 ? said : port(of(request));
    return named > 0 ? named : usualPort(request);
  }

  /** Whether a trusted proxy says how the client came: it is not our ports that clients know. */
  public static boolean isForwarded(RequestContext request) {
    return request.client().trusted()
        && (first(request, Field.X_FORWARDED_HOST) != null
            || first(request, Field.X_FORWARDED_PORT) != null
            || first(request, Field.X_FORWARDED_PROTO) != null);
  }

  private static int usualPort(RequestContext request) {
    return ClientScheme.isHttps(request) ? 443 : 80;
  }

  /** A host that is one, or null. */
  private static @Nullable String forwardedHost(RequestContext request) {
    String said = first(request, Field.X_FORWARDED_HOST);
    String host = said == null ? null : HostName.normalize(said);
    return host == null || host.isEmpty() ? null : said;
  }

  private static @Nullable String first(RequestContext request, Field field) {
    String value = request.head().fields().get(field);
    if (value == null) {
      return null;
    }
    int comma = value.indexOf(',');
    return (comma < 0 ? value : value.substring(0, comma)).strip();
  }

  private static int port(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon <= authority.lastIndexOf(']') ? 0 : number(authority.substring(colon + 1));
  }

  /** A port, or 0. */
  private static int number(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > 5) {
      return 0;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      value = value * 10 + c - '0';
    }
    return value > 65_535 ? 0 : value;
  }
}
