// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.gateway.AttachTargets.Target;
import dev.fairway.ingress.translate.gateway.AttachedRoute.Place;
import dev.fairway.ingress.translate.gateway.GatewayTranslation.RouteKey;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.GrpcRoute;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import dev.fairway.kube.api.gateway.RouteStatus;
import dev.fairway.kube.api.gateway.StreamSpec;
import dev.fairway.kube.api.gateway.TcpRoute;
import dev.fairway.kube.api.gateway.TlsRoute;
import dev.fairway.kube.api.gateway.UdpRoute;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives routes to the listeners they attach to, and says of each parent what became of it. Kept
 * from one compilation to the next: a route is compiled again where it, or something it refers to,
 * is another. Not thread-safe.
 */
final class RouteAttacher {
  /**
   * What routes meet.
   *
   * @param moved whether any parent, or any label of a namespace, is another than before
   */
  record Surroundings(
      AttachTargets targets, boolean moved, References references, NamespaceRule namespaces) {}

  /** Lets encoded slashes pass where clients are asked for certificates. */
  private static final String ENCODED_SLASHES = "fairway.dev/allow-encoded-slashes";

  private final String controller;
  private final InstantSource clock;
  private final Map<RouteKey, AttachedRoute> present = new HashMap<>();
  private final Uses<UpstreamSpec> upstreams = new Uses<>();
  private final Uses<CompiledRoute.Behind> policed = new Uses<>();
  private Map<RouteKey, List<RouteStatus.Parent>> statuses = Map.of();
  private boolean statusesOutdated;

  RouteAttacher(String controller, InstantSource clock) {
    this.controller = controller;
    this.clock = clock;
  }

  /** Every backend that a route names. */
  Set<UpstreamSpec> upstreams() {
    return upstreams.present();
  }

  /** Every Service that is reached by the rules of a policy. */
  Set<CompiledRoute.Behind> policed() {
    return policed.present();
  }

  /** What is said of the routes that name a Gateway of ours. */
  Map<RouteKey, List<RouteStatus.Parent>> statuses() {
    if (statusesOutdated) {
      Map<RouteKey, List<RouteStatus.Parent>> next = HashMap.newHashMap(present.size());
      present.forEach((key, route) -> {
        if (!route.statuses().isEmpty()) {
          next.put(key, route.statuses());
        }
      });
      statuses = Map.copyOf(next);
      statusesOutdated = false;
    }
    return statuses;
  }

  /** Attaches the routes of every kind. */
  void attachAll(GatewayObjects objects, Surroundings now) {
    attach(RouteKind.HTTP, objects.httpRoutes(), now);
    attach(RouteKind.GRPC, objects.grpcRoutes(), now);
    attach(RouteKind.TLS, objects.tlsRoutes(), now);
    attach(RouteKind.TCP, objects.tcpRoutes(), now);
    attach(RouteKind.UDP, objects.udpRoutes(), now);
    int count =
        objects.httpRoutes().size()
            + objects.grpcRoutes().size()
            + objects.tlsRoutes().size()
            + objects.tcpRoutes().size()
            + objects.udpRoutes().size();
    if (present.size() > count) {
      forgetAllBut(objects);
    }
  }

  private void forgetAllBut(GatewayObjects objects) {
    Set<RouteKey> left = HashSet.newHashSet(present.size());
    objects.httpRoutes().forEach(route -> left.add(new RouteKey(RouteKind.HTTP, route.key())));
    objects.grpcRoutes().forEach(route -> left.add(new RouteKey(RouteKind.GRPC, route.key())));
    objects.tlsRoutes().forEach(route -> left.add(new RouteKey(RouteKind.TLS, route.key())));
    objects.tcpRoutes().forEach(route -> left.add(new RouteKey(RouteKind.TCP, route.key())));
    objects.udpRoutes().forEach(route -> left.add(new RouteKey(RouteKind.UDP, route.key())));
    for (RouteKey key : List.copyOf(present.keySet())) {
      if (!left.contains(key)) {
        replace(present.remove(key), null);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // another object is enough to compile again
  private void attach(RouteKind kind, Collection<? extends RouteObject> routes, Surroundings now) {
    for (RouteObject route : routes) {
      RouteKey key = new RouteKey(kind, route.key());
      AttachedRoute before = present.get(key);
      if (before != null
          && (before.object() != route || !before.lookup().holdsFor(now.references))) {
        replace(before, attach(kind, route, null, now));
      } else if (before == null || (now.moved && !staysAt(before, now))) {
        replace(before, attach(kind, route, before, now));
      }
    }
  }

  private static boolean staysAt(AttachedRoute route, Surroundings now) {
    return route.hasParentsOf(now.targets)
        && route.labels().equals(now.namespaces.labels(route.rank().key().namespace()));
  }

  private void replace(@Nullable AttachedRoute before, @Nullable AttachedRoute after) {
    if (after != null) {
      present.put(new RouteKey(after.rank().kind(), after.rank().key()), after);
      after
          .rules()
          .values()
          .forEach(rules -> {
            upstreams.add(rules.upstreams);
            policed.add(rules.policed);
          });
    }
    if (before != null) {
      before
          .rules()
          .values()
          .forEach(rules -> {
            upstreams.remove(rules.upstreams);
            policed.remove(rules.policed);
          });
      before
          .places()
          .forEach((listener, place) -> {
            if (after == null || !after.sharesPlace(before, listener)) {
              listener.remove(before.rank(), place.hosts());
            }
          });
    }
    if (after != null) {
      after
          .places()
          .forEach((listener, place) -> {
            if (before == null || !before.sharesPlace(after, listener)) {
              listener.add(after.rank(), place.rules(), place.hosts());
            }
          });
    }
    statusesOutdated = true;
  }

  /**
   * Compiles and attaches one route.
   *
   * @param known a former result whose rules still hold, or null
   */
  private AttachedRoute attach(
      RouteKind kind, RouteObject route, @Nullable AttachedRoute known, Surroundings now) {
    RouteLookup lookup = known == null ? new RouteLookup(now.references) : known.lookup();
    Map<ObjectKey, CompiledRoute> compiled = new HashMap<>(2);
    List<@Nullable Target> targets = new ArrayList<>(1);
    List<RouteStatus.Parent> parents = new ArrayList<>(1);
    Map<ListenerRoutes, Place> places = new HashMap<>(2);
    for (ParentRef reference : route.parentRefs()) {
      Target target = now.targets.find(route, reference);
      targets.add(target);
      if (target == null) {
        continue;
      }
      CompiledRoute rules = compiled.get(target.gateway());
      if (rules == null) {
        rules = known == null ? null : known.rules().get(target.gateway());
        rules = rules == null ? compile(kind, route, target.gateway(), lookup) : rules;
        compiled.put(target.gateway(), rules);
      }
      Attachment attachment =
          Attachment.of(kind, route, reference, target.points(), now.namespaces);
      Conditions conditions = new Conditions(route.metadata().generation());
      report(conditions, attachment, rules);
      parents.add(new RouteStatus.Parent(reference, controller, conditions.list()));
      for (Map.Entry<ListenerRoutes, Set<String>> place : attachment.hosts().entrySet()) {
        places.putIfAbsent(place.getKey(), new Place(rules, place.getValue()));
      }
    }
    return new AttachedRoute(
        route,
        Rank.of(kind, route),
        lookup,
        compiled,
        targets,
        now.namespaces.labels(route.metadata().namespace()),
        places,
        List.copyOf(parents));
  }

  private static void report(Conditions conditions, Attachment attachment, CompiledRoute rules) {
    Problem detached = attachment.problem();
    Problem invalid = rules.invalid;
    Problem unresolved = rules.unresolved;
    if (detached != null) {
      conditions.fail(Conditions.ACCEPTED, detached.reason(), detached.message());
    } else if (invalid != null && !rules.anyValid) {
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

  private CompiledRoute compile(
      RouteKind kind, RouteObject route, ObjectKey gateway, RouteLookup lookup) {
    String slashes = route.metadata().annotations().get(ENCODED_SLASHES);
    CompiledRoute rules = new CompiledRoute("true".equals(slashes));
    BackendResolver backends =
        new BackendResolver(kind, route.metadata().namespace(), gateway, lookup, rules);
    RuleCompiler compiler =
        new RuleCompiler(kind.kind() + " " + route.key(), backends, rules, clock);
    try {
      switch (route) {
        case HttpRoute http -> HttpCompiler.compile(http, compiler);
        case GrpcRoute grpc -> GrpcCompiler.compile(grpc, compiler);
        case TlsRoute tls -> streams(tls.spec(), backends, rules);
        case TcpRoute tcp -> streams(tcp.spec(), backends, rules);
        case UdpRoute udp -> streams(udp.spec(), backends, rules);
      }
    } catch (RuntimeException unforeseen) {
      // An object that nobody thought of must not stop the others.
      rules.invalid(new Problem("UnsupportedValue", "the route cannot be served: " + unforeseen));
    }
    return rules;
  }

  /** Only one rule is possible, as nothing tells the streams of two apart; the first is taken. */
  private static void streams(StreamSpec spec, BackendResolver backends, CompiledRoute rules) {
    rules.anyValid = true;
    if (!spec.rules().isEmpty()) {
      for (BackendReference reference : spec.rules().getFirst().backendRefs()) {
        rules.streams.add(RuleCompiler.target(backends, reference, List.of(), rules));
      }
    }
  }
}
