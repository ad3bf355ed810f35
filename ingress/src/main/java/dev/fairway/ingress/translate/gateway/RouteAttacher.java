// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.gateway.GatewayTranslation.RouteKey;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.GrpcRoute;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import dev.fairway.kube.api.gateway.RouteStatus;
import dev.fairway.kube.api.gateway.StreamSpec;
import dev.fairway.kube.api.gateway.TcpRoute;
import dev.fairway.kube.api.gateway.TlsRoute;
import dev.fairway.kube.api.gateway.UdpRoute;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives routes to the listeners they attach to, and says of each parent what became of it. */
final class RouteAttacher {
  private record Parent(GatewayState gateway, @Nullable ObjectKey set) {}

  private final Map<ObjectKey, GatewayState> gateways;
  private final NamespaceRule namespaces;
  private final BackendResolver backends;
  private final String controller;
  private final Map<RouteKey, List<RouteStatus.Parent>> statuses = new HashMap<>();

  RouteAttacher(
      Map<ObjectKey, GatewayState> gateways,
      NamespaceRule namespaces,
      BackendResolver backends,
      String controller) {
    this.gateways = gateways;
    this.namespaces = namespaces;
    this.backends = backends;
    this.controller = controller;
  }

  Map<RouteKey, List<RouteStatus.Parent>> statuses() {
    return statuses;
  }

  /** Attaches the routes of every kind, those of one kind in order of precedence. */
  void attachAll(GatewayObjects objects) {
    objects.httpRoutes().stream()
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(route -> attach(RouteKind.HTTP, route));
    objects.grpcRoutes().stream()
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(route -> attach(RouteKind.GRPC, route));
    objects.tlsRoutes().stream()
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(route -> attach(RouteKind.TLS, route));
    objects.tcpRoutes().stream()
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(route -> attach(RouteKind.TCP, route));
    objects.udpRoutes().stream()
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(route -> attach(RouteKind.UDP, route));
  }

  private void attach(RouteKind kind, RouteObject route) {
    Map<GatewayState, Compiled> compiled = new HashMap<>();
    List<RouteStatus.Parent> parents = new ArrayList<>();
    Map<ListenerState, Set<String>> taken = new LinkedHashMap<>();
    for (ParentRef reference : route.parentRefs()) {
      Parent parent = parent(route, reference);
      if (parent == null) {
        continue;
      }
      Attachment attachment =
          Attachment.of(kind, route, reference, parent.gateway.listenersOf(parent.set), namespaces);
      Compiled rules = compiled.computeIfAbsent(parent.gateway, g -> compile(kind, route, g));
      Conditions conditions = new Conditions(route.metadata().generation());
      report(conditions, attachment, rules);
      parents.add(new RouteStatus.Parent(reference, controller, conditions.list()));
      attachment
          .hosts()
          .forEach((listener, hosts) -> {
            if (taken.putIfAbsent(listener, hosts) == null) {
              listener.attached++;
              rules.addTo(listener, hosts);
            }
          });
    }
    if (!parents.isEmpty()) {
      statuses.put(new RouteKey(kind, route.key()), parents);
    }
  }

  /** The parent where it is a Gateway of ours or a set of one, else null. */
  private @Nullable Parent parent(RouteObject route, ParentRef reference) {
    String group = reference.group() == null ? GatewayResources.GROUP : reference.group();
    String kind = reference.kind() == null ? "Gateway" : reference.kind();
    String namespace =
        reference.namespace() == null || reference.namespace().isEmpty()
            ? route.metadata().namespace()
            : reference.namespace();
    ObjectKey key = new ObjectKey(namespace, reference.name());
    if (!group.equals(GatewayResources.GROUP)) {
      return null;
    }
    if (kind.equals("Gateway")) {
      GatewayState gateway = gateways.get(key);
      return gateway == null ? null : new Parent(gateway, null);
    }
    for (GatewayState gateway : gateways.values()) {
      if (kind.equals("ListenerSet") && gateway.sets.containsKey(key)) {
        return new Parent(gateway, key);
      }
    }
    return null;
  }

  private static void report(Conditions conditions, Attachment attachment, Compiled rules) {
    Problem detached = attachment.problem();
    Problem invalid = rules.invalid();
    Problem unresolved = rules.unresolved();
    if (detached != null) {
      conditions.fail(Conditions.ACCEPTED, detached.reason(), detached.message());
    } else if (invalid != null && !rules.anyValid()) {
      conditions.fail(Conditions.ACCEPTED, invalid.reason(), invalid.message());
    } else if (invalid != null) {
      conditions.set(
          "PartiallyInvalid", true, invalid.reason(), "a rule is not served: " + invalid.message());
    }
    conditions.defaultTrue(Conditions.ACCEPTED, "Accepted", "the route is attached");
    if (unresolved != null) {
      conditions.fail(Conditions.RESOLVED_REFS, unresolved.reason(), unresolved.message());
    }
    conditions.defaultTrue(Conditions.RESOLVED_REFS, "ResolvedRefs", "all references are valid");
  }

  private Compiled compile(RouteKind kind, RouteObject route, GatewayState gateway) {
    Function<BackendReference, BackendResolver.Resolution> resolve =
        reference -> backends.resolve(kind, route.metadata().namespace(), reference, gateway);
    return switch (route) {
      case HttpRoute http -> new Requests(new HttpCompiler(http, resolve).compile());
      case GrpcRoute grpc -> new Requests(new GrpcCompiler(grpc, resolve).compile());
      case TlsRoute tls -> streams(kind, route, tls.spec(), resolve);
      case TcpRoute tcp -> streams(kind, route, tcp.spec(), resolve);
      case UdpRoute udp -> streams(kind, route, udp.spec(), resolve);
    };
  }

  /** The rules of a route, ready for a listener. */
  private sealed interface Compiled {
    @Nullable Problem invalid();

    boolean anyValid();

    @Nullable Problem unresolved();

    void addTo(ListenerState listener, Set<String> hosts);
  }

  private record Requests(CompiledRoute rules) implements Compiled {
    @Override
    public @Nullable Problem invalid() {
      return rules.invalid;
    }

    @Override
    public boolean anyValid() {
      return rules.anyValid;
    }

    @Override
    public @Nullable Problem unresolved() {
      return rules.unresolved;
    }

    @Override
    public void addTo(ListenerState listener, Set<String> hosts) {
      for (Route rule : rules.routes) {
        for (String host : hosts) {
          listener.routes.add(CompiledRoute.at(host, rule));
        }
      }
    }
  }

  private record Streams(String origin, List<BackendRef> backends, @Nullable Problem unresolved)
      implements Compiled {
    @Override
    public @Nullable Problem invalid() {
      return null;
    }

    @Override
    public boolean anyValid() {
      return true;
    }

    @Override
    public void addTo(ListenerState listener, Set<String> hosts) {
      for (String host : hosts) {
        listener.streams.add(new StreamRoute(origin, host, backends));
      }
    }
  }

  /** Only one rule is possible, as nothing tells the streams of two apart; the first is taken. */
  private static Streams streams(
      RouteKind kind,
      RouteObject route,
      StreamSpec spec,
      Function<BackendReference, BackendResolver.Resolution> resolve) {
    List<BackendRef> targets = new ArrayList<>();
    Problem unresolved = null;
    if (!spec.rules().isEmpty()) {
      for (BackendReference reference : spec.rules().getFirst().backendRefs()) {
        BackendResolver.Resolution resolution = resolve.apply(reference);
        int weight = reference.weight() == null ? 1 : Math.clamp(reference.weight(), 0, 1_000_000);
        UpstreamSpec upstream = resolution.upstream();
        BackendRef.Target target =
            upstream == null
                ? new BackendRef.Broken(500, "the backend of this route is not valid")
                : new BackendRef.Service(upstream);
        targets.add(new BackendRef(target, weight, List.of()));
        unresolved = unresolved == null ? resolution.problem() : unresolved;
      }
    }
    return new Streams(kind.kind() + " " + route.key(), targets, unresolved);
  }
}
