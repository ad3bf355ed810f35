// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.RouteObject;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route as it was compiled and attached.
 *
 * @param lookup what the compilation looked at
 * @param rules by Gateway
 * @param parents what each reference of the route led to
 * @param labels of the namespace of the route
 * @param places the listeners that have the route
 * @param statuses what is said of each parent
 */
record AttachedRoute(
    RouteObject object,
    Rank rank,
    RouteLookup lookup,
    Map<ObjectKey, CompiledRoute> rules,
    List<AttachTargets.@Nullable Target> parents,
    Map<String, String> labels,
    Map<ListenerRoutes, Place> places,
    List<RouteStatus.Parent> statuses) {

  /** The part of a route that a listener has. */
  record Place(CompiledRoute rules, Set<String> hosts) {}

  /** Whether the references of the route lead to the same parents as they do now. */
  @SuppressWarnings("ReferenceEquality") // parents stay the same objects where nothing changed
  boolean hasParentsOf(AttachTargets targets) {
    for (int i = 0; i < parents.size(); i++) {
      if (targets.find(object, object.parentRefs().get(i)) != parents.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a listener has the very same of another compilation of the route. */
  @SuppressWarnings("ReferenceEquality") // rules are compiled anew where anything changed
  boolean sharesPlace(AttachedRoute other, ListenerRoutes listener) {
    Place here = places.get(listener);
    Place there = other.places.get(listener);
    return here != null
        && there != null
        && here.rules == there.rules
        && here.hosts.equals(there.hosts);
  }
}
