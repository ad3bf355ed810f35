// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AppRoot;
import dev.fairway.ingress.filter.UrlRedirect;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations that answer requests with a redirect. */
final class RedirectSettings {
  private static final Pattern ROOT = Pattern.compile("/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*");
  private static final Pattern URL =
      Pattern.compile(
          "(?i:https?://[A-Za-z0-9$\\[]|/|\\$(?:scheme|request_uri|uri)\\b)"
              + "[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%{}-]*");

  private RedirectSettings() {}

  /** Adds what app-root, temporal-redirect and permanent-redirect ask for. */
  static void read(Annotations annotations, boolean relative, List<RouteFilter> filters) {
    String root = annotations.text("app-root", ROOT, "a path that begins with /");
    if (root != null) {
      filters.add(new AppRoot(root, annotations.flag("relative-redirects", relative)));
    }
    RouteFilter temporal = redirect(annotations, "temporal-redirect", 302);
    RouteFilter permanent = redirect(annotations, "permanent-redirect", 301);
    if (temporal != null) {
      filters.add(temporal);
    } else if (permanent != null) {
      filters.add(permanent);
    }
  }

  private static @Nullable RouteFilter redirect(
      Annotations annotations, String name, int defaultStatus) {
    int status = annotations.integer(name + "-code", 300, 308, defaultStatus);
    VariableText location = url(annotations, name);
    return location == null ? null : new UrlRedirect(status, location);
  }

  /** A URL with variables, or null where there is none or no valid one. */
  static @Nullable VariableText url(Annotations annotations, String name) {
    String text = annotations.text(name, URL, "a URL with http or https, or a path");
    if (text == null) {
      return null;
    }
    try {
      return VariableText.compile(text);
    } catch (IllegalArgumentException unknownVariable) {
      annotations.invalid(name, "a URL whose variables are known: " + unknownVariable.getMessage());
      return null;
    }
  }
}
