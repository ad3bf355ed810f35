// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.HttpFilter;
import dev.fairway.kube.api.gateway.SessionPersistence;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles what the rules of HTTPRoutes and GRPCRoutes have in common. */
final class RuleCompiler {
  /** A part of a rule that may not be valid. */
  interface Part<T> {
    T compile() throws InvalidRuleException;
  }

  /**
   * What matches of one rule share.
   *
   * @param sessions how sessions stay where they began, or null
   */
  record Rule(
      List<HttpFilter> filters,
      List<BackendReference> backends,
      @Nullable SessionPersistence sessions,
      Part<RoutePolicy> policy) {}

  private final String origin;
  private final BackendResolver backends;
  private final CompiledRoute result;
  private final FilterCompiler filters;
  private final InstantSource clock;
  private int number;

  /**
   * @param origin the route, for people
   * @param result gets the rules
   */
  RuleCompiler(String origin, BackendResolver backends, CompiledRoute result, InstantSource clock) {
    this.origin = origin;
    this.backends = backends;
    this.result = result;
    this.clock = clock;
    filters = new FilterCompiler(backends, result);
  }

  /** The matches that follow are of the next rule. */
  void nextRule() {
    number++;
  }

  /** Adds what becomes of the requests of one match of a rule. */
  void add(Part<RouteMatch> written, Rule rule) {
    RouteMatch match;
    try {
      match = written.compile();
    } catch (InvalidRuleException notServed) {
      result.invalid(notServed.problem());
      return;
    }
    List<RouteFilter> steps;
    RouteAction action;
    RoutePolicy policy;
    try {
      steps = filters.compile(rule.filters, match);
      action = action(rule.backends, match);
      policy = rule.policy.compile();
      if (rule.sessions != null) {
        SessionCompiler sessions = new SessionCompiler(origin + " " + number, clock);
        SessionCompiler.Result sticky = sessions.add(rule.sessions, match, steps, action);
        steps = sticky.steps();
        action = sticky.action();
      }
      result.anyValid = true;
    } catch (InvalidRuleException notServed) {
      // A filter must not be skipped: its requests are answered with an error instead.
      result.invalid(notServed.problem());
      steps = List.of();
      action = new RouteAction.Respond(500, "the rule of this route is not valid");
      policy = RoutePolicy.DEFAULT;
    }
    result.routes.add(new Route(origin, match, steps, action, policy));
  }

  /** A reference that is not valid answers its share with 500. */
  private RouteAction action(List<BackendReference> references, RouteMatch match)
      throws InvalidRuleException {
    List<BackendRef> targets = new ArrayList<>();
    long total = 0;
    for (BackendReference reference : references) {
      BackendRef target =
          target(backends, reference, filters.compile(reference.filters(), match), result);
      targets.add(target);
      total += target.weight();
    }
    return total == 0
        ? new RouteAction.Respond(500, "the route has no backend")
        : new RouteAction.Forward(targets);
  }

  /** The backend that a reference means; the result is told where there is none. */
  static BackendRef target(
      BackendResolver backends,
      BackendReference reference,
      List<RouteFilter> steps,
      CompiledRoute result) {
    int weight = reference.weight() == null ? 1 : Math.clamp(reference.weight(), 0, 1_000_000);
    BackendResolver.Resolution resolution = backends.resolve(reference);
    Problem problem = resolution.problem();
    if (problem != null) {
      result.unresolved(problem);
    }
    UpstreamSpec upstream = resolution.upstream();
    BackendRef.Target target =
        upstream == null
            ? new BackendRef.Broken(500, "the backend of this route is not valid")
            : new BackendRef.Service(upstream);
    return new BackendRef(target, weight, steps);
  }
}
