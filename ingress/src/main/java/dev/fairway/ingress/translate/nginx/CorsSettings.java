// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.CorsRules;
import dev.fairway.ingress.filter.OriginPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations about cross-origin requests. */
final class CorsSettings {
  private static final Pattern METHODS = Pattern.compile("[A-Za-z]+(?:\\s*,\\s*[A-Za-z]+)*,?|\\*");
  private static final Pattern HEADERS =
      Pattern.compile("[A-Za-z0-9_-]+(?:\\s*,\\s*[A-Za-z0-9_-]+)*,?|\\*");
  private static final String DEFAULT_METHODS = "GET, PUT, POST, DELETE, PATCH, OPTIONS";
  private static final String DEFAULT_HEADERS =
      "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,"
          + "Range,Authorization";
  private static final int DEFAULT_MAX_AGE = 1_728_000;

  private CorsSettings() {}

  /** The rules, or null where the annotations ask for none. */
  static @Nullable CorsRules read(Annotations annotations) {
    if (!annotations.flag("enable-cors", false)) {
      return null;
    }
    List<OriginPattern> origins = origins(annotations);
    if (origins == null) {
      return null;
    }
    String methods =
        annotations.text("cors-allow-methods", METHODS, "methods with commas between them");
    String headers =
        annotations.text("cors-allow-headers", HEADERS, "names of fields with commas between");
    String expose =
        annotations.text("cors-expose-headers", HEADERS, "names of fields with commas between");
    return new CorsRules(
        origins,
        methods == null ? DEFAULT_METHODS : methods,
        headers == null ? DEFAULT_HEADERS : headers,
        expose == null ? "" : expose,
        annotations.flag("cors-allow-credentials", true),
        annotations.integer("cors-max-age", -1, Integer.MAX_VALUE, DEFAULT_MAX_AGE));
  }

  /** Empty for every origin; null where some are named but none can be used. */
  private static @Nullable List<OriginPattern> origins(Annotations annotations) {
    List<String> named = annotations.list("cors-allow-origin");
    if (named.isEmpty() || named.contains("*")) {
      return List.of();
    }
    List<OriginPattern> origins = new ArrayList<>();
    for (String one : named) {
      OriginPattern origin = OriginPattern.parse(one);
      if (origin == null) {
        annotations.invalid("cors-allow-origin", "origins such as https://*.example.com:8443");
      } else {
        origins.add(origin);
      }
    }
    return origins.isEmpty() ? null : origins;
  }
}
