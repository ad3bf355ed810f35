// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What routes may name as their parents. Kept from one compilation to the next: a parent whose
 * listeners look the same to routes stays the same object. Not thread-safe.
 */
final class AttachTargets {
  /** A Gateway of ours, or a set of one, with its listeners; none where the set is refused. */
  record Target(ObjectKey gateway, List<AttachPoint> points) {
    Target {
      points = List.copyOf(points);
    }
  }

  private record Parent(boolean set, ObjectKey key) {}

  /**
   * A listener; where an object has several of one name, they are counted.
   *
   * @param parent the object that the listener is written in
   */
  private record Identity(
      ObjectKey gateway, Parent parent, String name, boolean asksClients, int number) {}

  private Map<Parent, Target> targets = Map.of();
  private Map<Identity, ListenerRoutes> listeners = Map.of();

  /**
   * Takes over the listeners of this compilation and gives each its routes.
   *
   * @return whether any parent is another than before
   */
  boolean take(Collection<GatewayState> gateways) {
    Map<Parent, Target> nextTargets = new HashMap<>();
    Map<Identity, ListenerRoutes> nextListeners = new HashMap<>();
    for (GatewayState gateway : gateways) {
      Map<Parent, List<AttachPoint>> points = new HashMap<>();
      points.put(new Parent(false, gateway.object.key()), new ArrayList<>());
      gateway.sets.keySet().forEach(set -> points.put(new Parent(true, set), new ArrayList<>()));
      Map<Identity, Integer> numbers = new HashMap<>();
      for (ListenerState listener : gateway.listeners) {
        ObjectKey set = listener.setKey();
        Parent parent =
            set == null ? new Parent(false, gateway.object.key()) : new Parent(true, set);
        boolean asks = ListenerCertificates.asksClients(listener);
        Identity first = new Identity(gateway.object.key(), parent, listener.spec.name(), asks, 0);
        int number = numbers.merge(first, 1, Integer::sum);
        Identity identity = new Identity(first.gateway, parent, first.name, asks, number);
        ListenerRoutes routes = listeners.get(identity);
        routes = routes == null ? new ListenerRoutes(asks) : routes;
        listener.routes = routes;
        nextListeners.put(identity, routes);
        points
            .computeIfAbsent(parent, _ -> new ArrayList<>())
            .add(AttachPoint.of(listener, routes));
      }
      points.forEach((parent, list) -> {
        Target target = new Target(gateway.object.key(), list);
        Target before = targets.get(parent);
        nextTargets.put(parent, target.equals(before) ? before : target);
      });
    }
    listeners = nextListeners;
    boolean changed = !nextTargets.equals(targets);
    targets = nextTargets;
    return changed;
  }

  /** What a reference of a route leads to: a Gateway of ours or a set of one, else null. */
  @Nullable Target find(RouteObject route, ParentRef reference) {
    String group = reference.group() == null ? GatewayResources.GROUP : reference.group();
    String kind = reference.kind() == null ? "Gateway" : reference.kind();
    String namespace =
        reference.namespace() == null || reference.namespace().isEmpty()
            ? route.metadata().namespace()
            : reference.namespace();
    boolean set = kind.equals("ListenerSet");
    if (!group.equals(GatewayResources.GROUP) || !(set || kind.equals("Gateway"))) {
      return null;
    }
    return targets.get(new Parent(set, new ObjectKey(namespace, reference.name())));
  }
}
