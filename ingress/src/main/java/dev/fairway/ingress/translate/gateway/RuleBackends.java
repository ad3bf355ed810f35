// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.gateway.BackendReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The backends of a rule: a reference that is not valid answers its share with 500. */
final class RuleBackends {
  private final Function<BackendReference, BackendResolver.Resolution> backends;
  private final FilterCompiler filters;
  private final CompiledRoute result;

  RuleBackends(
      Function<BackendReference, BackendResolver.Resolution> backends,
      FilterCompiler filters,
      CompiledRoute result) {
    this.backends = backends;
    this.filters = filters;
    this.result = result;
  }

  /**
   * What becomes of the requests of a rule.
   *
   * @throws InvalidRuleException where a filter of a backend is not served
   */
  RouteAction action(List<BackendReference> references, RouteMatch match)
      throws InvalidRuleException {
    List<BackendRef> targets = new ArrayList<>();
    long total = 0;
    for (BackendReference reference : references) {
      int weight = reference.weight() == null ? 1 : Math.clamp(reference.weight(), 0, 1_000_000);
      BackendResolver.Resolution resolution = backends.apply(reference);
      Problem problem = resolution.problem();
      if (problem != null) {
        result.unresolved(problem);
      }
      UpstreamSpec upstream = resolution.upstream();
      BackendRef.Target target =
          upstream == null
              ? new BackendRef.Broken(500, "the backend of this route is not valid")
              : new BackendRef.Service(upstream);
      targets.add(new BackendRef(target, weight, filters.compile(reference.filters(), match)));
      total += weight;
    }
    return total == 0
        ? new RouteAction.Respond(500, "the route has no backend")
        : new RouteAction.Forward(targets);
  }
}
