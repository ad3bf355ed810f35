// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** User and password of basic authentication (RFC 7617). */
public record Credentials(String user, String password) {
  private static final String SCHEME = "basic ";

  /** Reads an Authorization field; null where it holds no such credentials. */
  public static @Nullable Credentials parse(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
    String pair = new String(decoded, StandardCharsets.UTF_8);
    int colon = pair.indexOf(':');
    return colon < 0 ? null : new Credentials(pair.substring(0, colon), pair.substring(colon + 1));
  }

  @Override
  public String toString() {
    return "Credentials[not shown]";
  }
}
