// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.ValueMatch;
import dev.fairway.kube.api.gateway.HttpRoute;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of an HTTPRoute. */
final class HttpCompiler {
  private static final HttpRoute.Match EVERYTHING =
      new HttpRoute.Match(null, List.of(), List.of(), null);
  private static final HttpRoute.Rule EVERY_REQUEST =
      new HttpRoute.Rule(null, List.of(), List.of(), List.of(), null, null, null);

  private HttpCompiler() {}

  static void compile(HttpRoute route, RuleCompiler compiler) {
    List<HttpRoute.Rule> rules = route.spec().rules();
    for (HttpRoute.Rule rule : rules.isEmpty() ? List.of(EVERY_REQUEST) : rules) {
      RuleCompiler.Rule common =
          new RuleCompiler.Rule(
              rule.filters(), rule.backendRefs(), rule.sessionPersistence(), () -> policy(rule));
      List<HttpRoute.Match> matches =
          rule.matches().isEmpty() ? List.of(EVERYTHING) : rule.matches();
      compiler.nextRule();
      for (HttpRoute.Match match : matches) {
        compiler.add(() -> match(match), common);
      }
    }
  }

  private static RouteMatch match(HttpRoute.Match match) throws InvalidRuleException {
    HttpRoute.PathMatch path = match.path();
    String type = path == null || path.type() == null ? "PathPrefix" : path.type();
    String value = path == null || path.value() == null ? "/" : path.value();
    RouteMatch onPath;
    try {
      onPath =
          switch (type) {
            case "Exact" -> RouteMatch.path("", PathType.EXACT, value);
            case "PathPrefix" -> RouteMatch.path("", PathType.PREFIX, value);
            case "RegularExpression" -> RouteMatch.regex("", value, true);
            default ->
                throw new InvalidRuleException("UnsupportedValue", "unknown type of path match");
          };
    } catch (PatternSyntaxException malformed) {
      throw new InvalidRuleException("UnsupportedValue", "a path is not a valid RE2 expression");
    }
    if (!value.startsWith("/") && !type.equals("RegularExpression")) {
      throw new InvalidRuleException("UnsupportedValue", "a path does not start with a slash");
    }
    return onPath.where(
        match.method(), values(match.headers(), true), values(match.queryParams(), false));
  }

  /**
   * Conditions on values; of several for one name only the first counts.
   *
   * @param anyCase whether names are compared without regard to case
   */
  static List<ValueMatch> values(List<HttpRoute.ValueMatch> matches, boolean anyCase)
      throws InvalidRuleException {
    List<ValueMatch> result = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (HttpRoute.ValueMatch match : matches) {
      String name = anyCase ? match.name().toLowerCase(Locale.ROOT) : match.name();
      if (!names.add(name)) {
        continue;
      }
      try {
        result.add(
            "RegularExpression".equals(match.type())
                ? ValueMatch.regex(name, match.value())
                : ValueMatch.exact(name, match.value()));
      } catch (PatternSyntaxException malformed) {
        throw new InvalidRuleException("UnsupportedValue", "a value is not a valid RE2 expression");
      }
    }
    return result;
  }

  private static RoutePolicy policy(HttpRoute.Rule rule) throws InvalidRuleException {
    HttpRoute.Timeouts timeouts = rule.timeouts();
    RoutePolicy defaults = RoutePolicy.DEFAULT;
    Duration request = timeouts == null ? null : duration(timeouts.request());
    Duration attempt = timeouts == null ? null : duration(timeouts.backendRequest());
    // A limit that is written down, and be it none, replaces that of silence.
    boolean limited = request != null || attempt != null;
    return new RoutePolicy(
        request == null ? defaults.requestTimeout() : request,
        attempt == null ? defaults.attemptTimeout() : attempt,
        defaults.connectTimeout(),
        defaults.sendTimeout(),
        limited ? Duration.ZERO : defaults.readTimeout(),
        defaults.maxRequestBody(),
        retries(rule.retry(), attempt != null));
  }

  /**
   * When requests are tried again.
   *
   * @param impatient whether a single attempt has a time of its own, after which another may follow
   */
  private static RetryPolicy retries(HttpRoute.@Nullable Retry retry, boolean impatient)
      throws InvalidRuleException {
    if (retry == null) {
      return RetryPolicy.DEFAULT;
    }
    int more = retry.attempts() == null ? 1 : Math.clamp(retry.attempts(), 0, 100);
    Duration backoff = duration(retry.backoff());
    return new RetryPolicy(
        more + 1,
        Duration.ZERO,
        Set.copyOf(retry.codes()),
        impatient || retry.codes().contains(504),
        false,
        backoff == null ? Duration.ZERO : backoff);
  }

  private static @Nullable Duration duration(@Nullable String text) throws InvalidRuleException {
    if (text == null) {
      return null;
    }
    Duration duration = GatewayDuration.parse(text);
    if (duration == null) {
      throw new InvalidRuleException("UnsupportedValue", "a timeout is not a duration");
    }
    return duration;
  }
}
