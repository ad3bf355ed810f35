// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.CookieAffinity;
import dev.fairway.ingress.filter.CookieHash;
import dev.fairway.ingress.filter.SessionCookie;
import dev.fairway.ingress.filter.SessionCookie.Secure;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How sessions stay with their endpoints. Immutable.
 *
 * @param cookie without the path where that is the route's
 * @param sharesCanary whether sessions also stay with a canary that they were sent to
 */
record AffinitySettings(
    SessionCookie cookie,
    boolean persistent,
    boolean changesOnFailure,
    boolean sharesCanary,
    SettingsContext context) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_|~-]{1,128}");
  private static final Pattern PATH = Pattern.compile("/[!-:<-~]*");
  private static final Pattern DOMAIN = Pattern.compile("\\.?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})");
  private static final int MAX_AGE = Integer.MAX_VALUE;

  /** Null where the annotations ask for none. */
  static @Nullable AffinitySettings read(Annotations annotations, SettingsContext context) {
    if (!annotations.choice("affinity", List.of("cookie"), "").equals("cookie")) {
      return null;
    }
    String name = annotations.text("session-cookie-name", NAME, "the name of a cookie");
    String path = annotations.text("session-cookie-path", PATH, "a path without a semicolon");
    String domain = annotations.text("session-cookie-domain", DOMAIN, "a domain");
    SessionCookie cookie =
        new SessionCookie(
            name == null ? "INGRESSCOOKIE" : name,
            path == null ? "" : path,
            domain == null ? "" : domain,
            annotations.integer("session-cookie-expires", 0, MAX_AGE, 0),
            annotations.integer("session-cookie-max-age", 0, MAX_AGE, 0),
            secure(annotations),
            annotations.choice("session-cookie-samesite", List.of("None", "Lax", "Strict"), ""),
            annotations.flag("session-cookie-conditional-samesite-none", false),
            annotations.flag("session-cookie-partitioned", false));
    String mode =
        annotations.choice("affinity-mode", List.of("balanced", "persistent"), "balanced");
    String canaries =
        annotations.choice("affinity-canary-behavior", List.of("sticky", "legacy"), "sticky");
    return new AffinitySettings(
        cookie,
        mode.equals("persistent"),
        annotations.flag("session-cookie-change-on-failure", false),
        canaries.equals("sticky"),
        context);
  }

  private static Secure secure(Annotations annotations) {
    if (annotations.text("session-cookie-secure") == null) {
      return Secure.WHERE_HTTPS;
    }
    return annotations.flag("session-cookie-secure", true) ? Secure.ALWAYS : Secure.NEVER;
  }

  /** Whether the paths of expressions leave the path of the cookie unsaid. */
  boolean needsPath() {
    return cookie.path().isEmpty();
  }

  /** The step for the requests that a backend of a route takes. */
  RouteFilter filter(RouteMatch match, UpstreamSpec backend) {
    boolean literal = match.pathType() != PathType.REGEX;
    String path = cookie.path().isEmpty() ? (literal ? match.path() : "/") : cookie.path();
    SessionCookie complete =
        new SessionCookie(
            cookie.name(),
            path,
            cookie.domain(),
            cookie.expires(),
            cookie.maxAge(),
            cookie.secure(),
            cookie.sameSite(),
            cookie.conditionalNone(),
            cookie.partitioned());
    return new CookieAffinity(
        complete,
        backendName(backend),
        persistent,
        changesOnFailure,
        context.keys(),
        context.clock());
  }

  /** A name of a backend that says nothing about it, the same in every process. */
  static String backendName(UpstreamSpec backend) {
    return CookieHash.of(backend.port().toString());
  }
}
