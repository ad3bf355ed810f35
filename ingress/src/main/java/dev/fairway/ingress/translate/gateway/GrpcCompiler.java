// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.GrpcRoute;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of a GRPCRoute for one Gateway: a method is a path. */
final class GrpcCompiler {
  private static final GrpcRoute.Match EVERYTHING = new GrpcRoute.Match(null, List.of());
  private static final GrpcRoute.Rule EVERY_CALL =
      new GrpcRoute.Rule(null, List.of(), List.of(), List.of());

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

  private final GrpcRoute route;
  private final CompiledRoute result = new CompiledRoute();
  private final FilterCompiler filters;
  private final RuleBackends backends;

  GrpcCompiler(GrpcRoute route, Function<BackendReference, BackendResolver.Resolution> backends) {
    this.route = route;
    filters = new FilterCompiler(backends, result);
    this.backends = new RuleBackends(backends, filters, result);
  }

  CompiledRoute compile() {
    List<GrpcRoute.Rule> rules = route.spec().rules();
    for (GrpcRoute.Rule rule : rules.isEmpty() ? List.of(EVERY_CALL) : rules) {
      List<GrpcRoute.Match> matches =
          rule.matches().isEmpty() ? List.of(EVERYTHING) : rule.matches();
      for (GrpcRoute.Match match : matches) {
        add(rule, match);
      }
    }
    return result;
  }

  private void add(GrpcRoute.Rule rule, GrpcRoute.Match written) {
    RouteMatch match;
    try {
      match = match(written);
    } catch (InvalidRuleException notServed) {
      result.invalid(notServed.problem());
      return;
    }
    List<RouteFilter> steps = List.of();
    RouteAction action;
    try {
      steps = filters.compile(rule.filters(), match);
      action = backends.action(rule.backendRefs(), match);
      result.anyValid = true;
    } catch (InvalidRuleException notServed) {
      result.invalid(notServed.problem());
      steps = List.of();
      action = new RouteAction.Respond(500, "the rule of this route is not valid");
    }
    result.routes.add(new Route("GRPCRoute " + route.key(), match, steps, action, POLICY));
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
