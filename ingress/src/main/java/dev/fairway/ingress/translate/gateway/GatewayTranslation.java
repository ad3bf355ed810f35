// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The result of a compilation.
 *
 * @param upstreams every backend that a route or filter names
 * @param statuses what we say of the objects
 */
public record GatewayTranslation(
    List<PortPlan> ports, Set<UpstreamSpec> upstreams, Statuses statuses) {
  public GatewayTranslation {
    ports = List.copyOf(ports);
    upstreams = Set.copyOf(upstreams);
  }

  /** A route of some kind. */
  public record RouteKey(RouteKind kind, ObjectKey key) {}

  /**
   * The statuses of the objects that concern us; conditions carry no times. A route or policy that
   * is absent has no entry of ours.
   */
  public record Statuses(
      Map<ObjectKey, GatewayClass.Status> classes,
      Map<ObjectKey, Gateway.Status> gateways,
      Map<ObjectKey, ListenerSet.Status> listenerSets,
      Map<RouteKey, List<RouteStatus.Parent>> routes,
      Map<ObjectKey, List<BackendTlsPolicy.Ancestor>> policies) {
    public Statuses {
      classes = Map.copyOf(classes);
      gateways = Map.copyOf(gateways);
      listenerSets = Map.copyOf(listenerSets);
      routes = Map.copyOf(routes);
      policies = Map.copyOf(policies);
    }
  }
}
