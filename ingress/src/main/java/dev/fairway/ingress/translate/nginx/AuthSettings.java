// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AuthCache;
import dev.fairway.ingress.filter.AuthService;
import dev.fairway.ingress.filter.ExternalAuth;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VariableText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations about an authentication service. What cannot be read closes the paths. */
final class AuthSettings {
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,128}");
  private static final Pattern PARAMETER = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern LIFETIME =
      Pattern.compile(
          "(?<statuses>[1-5][0-9]{2}(?:\\s+[1-5][0-9]{2})*)\\s+"
              + "(?<number>[0-9]{1,6})(?<unit>s|m|h|d)?");
  private static final String DEFAULT_LIFETIMES = "200 202 401 5m";

  private AuthSettings() {}

  /**
   * The check, or null where the annotations ask for none.
   *
   * @param answers that hold still
   * @param upstreams takes the Service that is asked
   */
  static @Nullable RouteFilter read(
      Annotations annotations, AuthCache answers, Set<UpstreamSpec> upstreams) {
    if (!annotations.has("auth-url")) {
      return null;
    }
    try {
      ServiceUrl url = ServiceUrl.parse(required(annotations, "auth-url"));
      VariableText signin =
          annotations.has("auth-signin") ? RedirectSettings.url(annotations, "auth-signin") : null;
      if (signin == null && annotations.has("auth-signin")) {
        return closed();
      }
      String method = annotations.choice("auth-method", METHODS, "GET");
      if (annotations.isInvalid("auth-method")) {
        return closed();
      }
      AuthService service =
          new AuthService(
              url.upstream(),
              url.authority(),
              url.target(),
              method,
              passed(annotations),
              variables(annotations, "auth-request-redirect", "$request_uri"),
              annotations.text("auth-cache-key") == null
                  ? null
                  : variables(annotations, "auth-cache-key", ""),
              lifetimes(annotations));
      if (url.upstream() != null) {
        upstreams.add(url.upstream());
      }
      String parameter =
          annotations.text("auth-signin-redirect-param", PARAMETER, "the name of a parameter");
      return new ExternalAuth(
          service,
          signin,
          parameter == null ? "rd" : parameter,
          annotations.flag("auth-always-set-cookie", false),
          answers);
    } catch (IllegalArgumentException notAllowed) {
      annotations.invalid("auth-url", String.valueOf(notAllowed.getMessage()));
      return closed();
    }
  }

  private static RouteFilter closed() {
    return new FixedAnswer(503, "the authentication of this path is not valid");
  }

  private static String required(Annotations annotations, String name) {
    String text = annotations.text(name);
    if (text == null) {
      throw new IllegalArgumentException("a URL with http or https");
    }
    return text;
  }

  private static VariableText variables(Annotations annotations, String name, String fallback) {
    String text = annotations.text(name);
    try {
      return VariableText.compile(text == null ? fallback : text);
    } catch (IllegalArgumentException unknownVariable) {
      annotations.invalid(name, "text with known variables: " + unknownVariable.getMessage());
      return VariableText.compile(fallback);
    }
  }

  private static List<String> passed(Annotations annotations) {
    List<String> names = new ArrayList<>();
    for (String name : annotations.list("auth-response-headers")) {
      if (NAME.matcher(name).matches()) {
        names.add(name.toLowerCase(Locale.ROOT));
      } else {
        annotations.invalid("auth-response-headers", "names of fields with commas between");
      }
    }
    return names;
  }

  private static Map<Integer, Duration> lifetimes(Annotations annotations) {
    String text = annotations.text("auth-cache-duration");
    Map<Integer, Duration> lifetimes = new HashMap<>();
    for (String part : (text == null ? DEFAULT_LIFETIMES : text).split(",")) {
      Matcher matcher = LIFETIME.matcher(part.strip());
      if (!matcher.matches()) {
        annotations.invalid("auth-cache-duration", "statuses and a time, such as 200 202 401 5m");
        return Map.of();
      }
      long number = Long.parseLong(matcher.group("number"));
      String unit = matcher.group("unit");
      Duration lifetime =
          switch (unit == null ? "s" : unit) {
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofSeconds(number);
          };
      for (String status : matcher.group("statuses").split("\\s+")) {
        lifetimes.put(Integer.parseInt(status), lifetime);
      }
    }
    return lifetimes;
  }
}
