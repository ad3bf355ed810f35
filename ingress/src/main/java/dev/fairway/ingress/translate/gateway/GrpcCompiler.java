// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.kube.api.gateway.GrpcRoute;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of a GRPCRoute: a method is a path. */
final class GrpcCompiler {
  private static final GrpcRoute.Match EVERYTHING = new GrpcRoute.Match(null, List.of());
  private static final GrpcRoute.Rule EVERY_CALL =
      new GrpcRoute.Rule(null, List.of(), List.of(), List.of(), null);

  /** Streams may be silent for long. */
  private static final RoutePolicy POLICY =
      new RoutePolicy(
          Duration.ZERO,
          Duration.ZERO,
          RoutePolicy.DEFAULT.connectTimeout(),
          RoutePolicy.DEFAULT.sendTimeout(),
          Duration.ofHours(1),
          RoutePolicy.DEFAULT.maxRequestBody(),
          RoutePolicy.DEFAULT.retries());

  private GrpcCompiler() {}

  static void compile(GrpcRoute route, RuleCompiler compiler) {
    List<GrpcRoute.Rule> rules = route.spec().rules();
    for (GrpcRoute.Rule rule : rules.isEmpty() ? List.of(EVERY_CALL) : rules) {
      RuleCompiler.Rule common =
          new RuleCompiler.Rule(
              rule.filters(), rule.backendRefs(), rule.sessionPersistence(), () -> POLICY);
      List<GrpcRoute.Match> matches =
          rule.matches().isEmpty() ? List.of(EVERYTHING) : rule.matches();
      compiler.nextRule();
      for (GrpcRoute.Match match : matches) {
        compiler.add(() -> match(match), common);
      }
    }
  }

  private static RouteMatch match(GrpcRoute.Match match) throws InvalidRuleException {
    GrpcRoute.MethodMatch method = match.method();
    String service = method == null ? "" : text(method.service());
    String name = method == null ? "" : text(method.method());
    boolean regex = method != null && "RegularExpression".equals(method.type());
    RouteMatch path;
    try {
      if (service.isEmpty() && name.isEmpty()) {
        path = RouteMatch.path("", PathType.PREFIX, "/");
      } else if (regex) {
        path = RouteMatch.regex("", "/(" + any(service) + ")/(" + any(name) + ")$", true);
      } else if (service.isEmpty()) {
        path = RouteMatch.regex("", "/[^/]+/" + Pattern.quote(name) + "$", true);
      } else if (name.isEmpty()) {
        path = RouteMatch.path("", PathType.PREFIX, "/" + service);
      } else {
        path = RouteMatch.path("", PathType.EXACT, "/" + service + "/" + name);
      }
    } catch (PatternSyntaxException malformed) {
      throw new InvalidRuleException("UnsupportedValue", "a method is not a valid RE2 expression");
    }
    return path.where(null, HttpCompiler.values(match.headers(), true), List.of());
  }

  private static String any(String expression) {
    return expression.isEmpty() ? "[^/]+" : expression;
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
