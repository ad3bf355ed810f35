// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.filter.CanarySplit;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Expressions;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How an Ingress shares the requests of another one. Immutable.
 *
 * @param weight share of the requests that nothing else decides
 * @param total what the weight is a share of
 */
public record CanarySettings(
    String header, String value, @Nullable Pattern pattern, String cookie, int weight, int total) {
  private static final java.util.regex.Pattern NAME =
      java.util.regex.Pattern.compile("[A-Za-z0-9!#$%&'*+.^_|~-]{1,128}");
  private static final int MAX_TOTAL = 1_000_000;

  /** Null where the Ingress is no canary. */
  static @Nullable CanarySettings read(Annotations annotations) {
    if (!annotations.flag("canary", false)) {
      return null;
    }
    String header = annotations.text("canary-by-header", NAME, "the name of a header field");
    String value = annotations.text("canary-by-header-value");
    String cookie = annotations.text("canary-by-cookie", NAME, "the name of a cookie");
    int total = annotations.integer("canary-weight-total", 1, MAX_TOTAL, 100);
    int weight = annotations.integer("canary-weight", 0, MAX_TOTAL, 0);
    Pattern pattern = pattern(annotations);
    // An expression that is none must not become always and never.
    boolean unusable = annotations.isInvalid("canary-by-header-pattern") && value == null;
    return new CanarySettings(
        header == null || unusable ? "" : header.toLowerCase(Locale.ROOT),
        value == null ? "" : value,
        pattern,
        cookie == null ? "" : cookie,
        weight,
        Math.max(100, total));
  }

  private static @Nullable Pattern pattern(Annotations annotations) {
    String text = annotations.text("canary-by-header-pattern");
    if (text == null) {
      return null;
    }
    try {
      return Expressions.compile(text, 0);
    } catch (PatternSyntaxException notRe2) {
      annotations.invalid("canary-by-header-pattern", "an expression of RE2");
      return null;
    }
  }

  /** Whether header fields or cookies decide about some requests. */
  public boolean asksRequests() {
    return !header.isEmpty() || !cookie.isEmpty();
  }

  /** The weight of the canary among {@link #total}. */
  public int share() {
    return Math.min(weight, total);
  }

  /**
   * What header fields and cookies decide.
   *
   * @param session the cookie that holds sessions to one of the backends, or ""
   */
  public CanarySplit split(
      String session,
      UpstreamSpec mainSpec,
      UpstreamSpec canarySpec,
      BackendRef main,
      BackendRef canary) {
    return new CanarySplit(
        header,
        value,
        pattern,
        cookie,
        session,
        AffinitySettings.backendName(mainSpec),
        AffinitySettings.backendName(canarySpec),
        main,
        canary);
  }
}
