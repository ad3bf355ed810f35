// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.ingress.translate.gateway.RouteKind;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ObjectRef;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for Gateways that objects name and nobody wrote down: each with the listeners that its
 * routes ask for, open to all of them. Not thread-safe.
 */
final class AssumedGateways {
  private static final String CLASS = "assumed";
  private static final int FIRST_PORT = 10_000;

  /** A route or ListenerSet that names an absent Gateway. */
  record Child(String kind, ObjectKey object, ObjectKey gateway) {}

  /** A listener that routes ask for. */
  private record Wanted(String protocol, String section, int port) {}

  private final Set<ObjectKey> present = new HashSet<>();
  private final Map<ObjectKey, Set<Wanted>> absent = new LinkedHashMap<>();
  private final List<Child> children = new ArrayList<>();

  AssumedGateways(GatewayObjects objects) {
    objects.gateways().forEach(gateway -> present.add(gateway.key()));
    for (ListenerSet set : objects.listenerSets()) {
      ObjectRef parent = set.spec().parentRef();
      if (parent != null) {
        String namespace = parent.namespaceOr(set.metadata().namespace());
        miss("ListenerSet", set.key(), new ObjectKey(namespace, parent.name()), null);
      }
    }
    routes(RouteKind.HTTP, "HTTP", objects.httpRoutes());
    routes(RouteKind.GRPC, "HTTP", objects.grpcRoutes());
    routes(RouteKind.TLS, "TLS", objects.tlsRoutes());
    routes(RouteKind.TCP, "TCP", objects.tcpRoutes());
    routes(RouteKind.UDP, "UDP", objects.udpRoutes());
  }

  private void routes(RouteKind kind, String protocol, Collection<? extends RouteObject> routes) {
    for (RouteObject route : routes) {
      for (ParentRef parent : route.parentRefs()) {
        if (isGateway(parent)) {
          Integer port = parent.port();
          String section = parent.sectionName();
          Wanted wanted =
              new Wanted(protocol, section == null ? "" : section, port == null ? 0 : port);
          miss(kind.kind(), route.key(), key(parent, route), wanted);
        }
      }
    }
  }

  private void miss(String kind, ObjectKey object, ObjectKey gateway, @Nullable Wanted wanted) {
    if (present.contains(gateway)) {
      return;
    }
    Set<Wanted> listeners = absent.computeIfAbsent(gateway, _ -> new HashSet<>());
    if (wanted != null) {
      listeners.add(wanted);
    }
    children.add(new Child(kind, object, gateway));
  }

  /** Whether a parent is a Gateway, present or not. */
  static boolean isGateway(ParentRef parent) {
    String group = parent.group();
    String kind = parent.kind();
    return (group == null || group.equals(GatewayResources.GROUP))
        && (kind == null || kind.equals("Gateway"));
  }

  private static ObjectKey key(ParentRef parent, RouteObject route) {
    String namespace = parent.namespace();
    return new ObjectKey(
        namespace == null || namespace.isEmpty() ? route.metadata().namespace() : namespace,
        parent.name());
  }

  /** Who names a Gateway that is absent. */
  List<Child> children() {
    return children;
  }

  /** Whether a Gateway is one of these. */
  boolean contains(ObjectKey gateway) {
    return absent.containsKey(gateway);
  }

  List<Gateway> gateways() {
    List<Gateway> result = new ArrayList<>();
    absent.forEach((key, wanted) -> result.add(gateway(key, wanted)));
    return result;
  }

  private static Gateway gateway(ObjectKey key, Set<Wanted> wanted) {
    List<Gateway.Listener> listeners = new ArrayList<>();
    int next = FIRST_PORT;
    for (Wanted each : wanted) {
      int port = each.port > 0 ? each.port : next++;
      String name =
          each.section.isEmpty() ? each.protocol.toLowerCase(Locale.ROOT) + port : each.section;
      listeners.add(listener(name, port, each.protocol));
    }
    if (listeners.isEmpty()) {
      listeners.add(listener("none", next, "HTTP"));
    }
    return new Gateway(
        ObjectMeta.of(key.namespace(), key.name()),
        new Gateway.Spec(
            CLASS, listeners, List.of(), null, new Gateway.AllowedListeners(everybody()), null),
        null);
  }

  private static Gateway.Listener listener(String name, int port, String protocol) {
    Gateway.ListenerTls tls =
        protocol.equals("TLS") ? new Gateway.ListenerTls("Passthrough", List.of(), Map.of()) : null;
    return new Gateway.Listener(
        name, null, port, protocol, tls, new Gateway.AllowedRoutes(everybody(), List.of()));
  }

  private static Gateway.Namespaces everybody() {
    return new Gateway.Namespaces("All", null);
  }
}
