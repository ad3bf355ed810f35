// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.CookieRewrite;
import dev.fairway.ingress.filter.LocationRewrite;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations that change responses of the backend. */
final class ResponseSettings {
  private static final Pattern DOMAINS =
      Pattern.compile("off|\\.?[A-Za-z0-9.-]{1,253}\\s+\\.?[A-Za-z0-9.-]{1,253}");
  private static final Pattern PATHS = Pattern.compile("off|/[!-:<-~]*\\s+/[!-:<-~]*");
  private static final Pattern URL =
      Pattern.compile("off|default|[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%{}-]+");

  private ResponseSettings() {}

  static void read(Annotations annotations, List<RouteFilter> filters) {
    String[] domains = pair(annotations.text("proxy-cookie-domain", DOMAINS, "two domains or off"));
    String[] paths = pair(annotations.text("proxy-cookie-path", PATHS, "two paths or off"));
    if (domains.length == 2 || paths.length == 2) {
      String domain = domains.length == 2 ? domains[0].toLowerCase(Locale.ROOT) : "";
      filters.add(
          new CookieRewrite(
              domain.startsWith(".") ? domain.substring(1) : domain,
              domains.length == 2 ? domains[1] : "",
              paths.length == 2 ? paths[0] : "",
              paths.length == 2 ? paths[1] : ""));
    }
    RouteFilter location = location(annotations);
    if (location != null) {
      filters.add(location);
    }
  }

  private static String[] pair(@Nullable String text) {
    return text == null || text.equals("off") ? new String[0] : text.split("\\s+");
  }

  private static @Nullable RouteFilter location(Annotations annotations) {
    String from = annotations.text("proxy-redirect-from", URL, "a URL or the beginning of one");
    String to = annotations.text("proxy-redirect-to", URL, "a URL or the beginning of one");
    if (from == null || to == null || isNone(from) || isNone(to)) {
      return null;
    }
    try {
      return new LocationRewrite(from, VariableText.compile(to));
    } catch (IllegalArgumentException unknownVariable) {
      annotations.invalid("proxy-redirect-to", "a URL whose variables are known");
      return null;
    }
  }

  private static boolean isNone(String text) {
    return text.equals("off") || text.equals("default");
  }
}
