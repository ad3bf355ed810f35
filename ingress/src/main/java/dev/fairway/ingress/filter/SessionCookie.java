// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The attributes of the cookie of a session (RFC 6265 section 4.1). All texts are valid.
 *
 * @param domain "" for the host alone
 * @param expires seconds from now, 0 for the browser's session
 * @param maxAge seconds, 0 for none
 * @param secure whether it goes back over HTTPS only
 * @param sameSite None, Lax, Strict, or ""
 * @param conditionalNone leaves out {@code SameSite=None} for browsers that misread it
 */
public record SessionCookie(
    String name,
    String path,
    String domain,
    long expires,
    long maxAge,
    Secure secure,
    String sameSite,
    boolean conditionalNone,
    boolean partitioned) {
  /** When a cookie has the attribute Secure. */
  public enum Secure {
    WHERE_HTTPS,
    ALWAYS,
    NEVER
  }

  private static final DateTimeFormatter EXPIRES =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** The value of a Set-Cookie field. */
  String write(String value, boolean https, String userAgent, Instant now) {
    StringBuilder out = new StringBuilder(name).append('=').append(value);
    if (expires > 0) {
      out.append("; Expires=").append(EXPIRES.format(now.plusSeconds(expires)));
    }
    if (maxAge > 0) {
      out.append("; Max-Age=").append(maxAge);
    }
    if (!domain.isEmpty()) {
      out.append("; Domain=").append(domain);
    }
    out.append("; Path=").append(path);
    if (secure == Secure.ALWAYS || (secure == Secure.WHERE_HTTPS && https)) {
      out.append("; Secure");
    }
    out.append("; HttpOnly");
    boolean misread =
        conditionalNone && sameSite.equals("None") && SameSiteNone.isMisreadBy(userAgent);
    if (!sameSite.isEmpty() && !misread) {
      out.append("; SameSite=").append(sameSite);
    }
    if (partitioned) {
      out.append("; Partitioned");
    }
    return out.toString();
  }
}
