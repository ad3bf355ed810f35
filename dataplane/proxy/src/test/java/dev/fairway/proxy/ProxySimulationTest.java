// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.PortRoutes.Decision;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random services, slices, connections, failures and time against a model that works everything out
 * anew from the plain lists each time.
 */
class ProxySimulationTest {
  private static final int STEPS = 10_000;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long AVOID = 2 * SECOND;
  private static final NodeTopology NODE = new NodeTopology("node-1", "a");
  private static final List<FrontendKind> KINDS = List.of(FrontendKind.values());

  private final ProxyMetrics metrics = new ProxyMetrics();
  private final AvoidList avoid = new AvoidList(() -> now(), AVOID);
  private final Map<String, Simulated> services = new TreeMap<>();
  private final Map<String, Failed> failed = new HashMap<>();
  private long now;
  private int forwarded;

  private long now() {
    return now;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyChoice_isOneTheNaiveModelAllows(long seed) {
    Random random = new Random(seed);
    FastRandom choices = new FastRandom(seed);
    for (int step = 0; step < STEPS; step++) {
      String where = "seed " + seed + " step " + step;
      String name = "svc-" + random.nextInt(5);
      switch (random.nextInt(16)) {
        case 0 -> services.put(name, new Simulated(name, random));
        case 1 -> services.remove(name);
        case 2 -> change(name, service -> service.settings(random));
        case 3, 4, 5 -> change(name, service -> service.changeSlice(random));
        case 6 -> now += random.nextLong(20 * SECOND);
        default -> {
          Simulated service = services.get(name);
          if (service != null) {
            connect(where, service, random, choices);
          }
        }
      }
    }
    assertThat(forwarded).isGreaterThan(STEPS / 20);
  }

  private void change(String name, java.util.function.Consumer<Simulated> change) {
    Simulated service = services.get(name);
    if (service != null) {
      change.accept(service);
      service.publish();
    }
  }

  private void connect(String where, Simulated service, Random random, FastRandom choices) {
    boolean v4 = random.nextBoolean();
    IpFamily family = v4 ? IpFamily.IPV4 : IpFamily.IPV6;
    FrontendKind kind = KINDS.get(random.nextInt(KINDS.size()));
    boolean inside = random.nextBoolean();
    IpAddress client = IpAddress.parse((v4 ? "10.9.0." : "fd00:9::") + random.nextInt(1, 9));
    PortRoutes routes = service.port.routes(family);
    Naive naive = service.naive(v4);
    TreeSet<String> allowed = naive.candidates(kind, inside);
    Decision expected =
        !naive.hasAny ? Decision.REJECT : allowed.isEmpty() ? Decision.DROP : Decision.FORWARD;
    String what = where + " " + service + " " + kind + " inside=" + inside + " " + family;
    assertThat(routes.decide(kind, inside)).describedAs(what).isEqualTo(expected);
    if (expected != Decision.FORWARD) {
      return;
    }
    EndpointSet candidates = routes.candidates(kind, inside);
    int pick = service.port.pick(routes, candidates, client, choices);
    int index = pick & ~PortState.STICKY;
    String chosen = key(candidates.address(index), candidates.port(index));
    assertThat(allowed).describedAs(what).contains(chosen);
    Stuck stuck = service.stuckTo.get(client);
    String kept =
        service.affinity > 0
                && stuck != null
                && now - stuck.lastUse < service.affinity * SECOND
                && allowed.contains(stuck.endpoint)
            ? stuck.endpoint
            : null;
    assertThat((pick & PortState.STICKY) != 0).describedAs(what).isEqualTo(kept != null);
    if (kept != null) {
      assertThat(chosen).describedAs(what).isEqualTo(kept);
    } else if (allowed.stream().anyMatch(endpoint -> !isAvoided(endpoint))) {
      assertThat(isAvoided(chosen)).describedAs(what + " " + chosen).isFalse();
    }
    if (service.affinity > 0) {
      service.stuckTo.put(client, new Stuck(chosen, now));
    }
    forwarded++;
    if (random.nextInt(4) == 0) {
      fail(service, client, candidates, index, naive);
    } else {
      service.port.succeeded(candidates.address(index), candidates.port(index));
      failed.remove(chosen);
    }
  }

  private void fail(
      Simulated service, IpAddress client, EndpointSet candidates, int index, Naive naive) {
    String endpoint = key(candidates.address(index), candidates.port(index));
    long avoided = naive.all().stream().filter(this::isAvoided).count();
    long before = metrics.ejections.sum();
    service.port.failed(client, candidates.address(index), candidates.port(index));
    boolean ejected = metrics.ejections.sum() > before;
    Failed last = failed.get(endpoint);
    if (last == null) {
      assertThat(ejected)
          .describedAs(endpoint + " of " + naive.all())
          .isEqualTo(2 * (avoided + 1) <= naive.all().size());
    }
    if (ejected) {
      int doublings = last == null ? 0 : Math.min(3, last.doublings + 1);
      failed.put(endpoint, new Failed(now + (AVOID << doublings), doublings));
    }
    Stuck stuck = service.stuckTo.get(client);
    if (stuck != null && stuck.endpoint.equals(endpoint)) {
      service.stuckTo.remove(client);
    }
  }

  private boolean isAvoided(String endpoint) {
    Failed last = failed.get(endpoint);
    return last != null && now < last.until;
  }

  private static String key(IpAddress address, int port) {
    return address + "|" + port;
  }

  private record Ep(
      String address,
      boolean ready,
      boolean serving,
      boolean terminating,
      boolean local,
      @Nullable String hint) {
    boolean isV4() {
      return !address.contains(":");
    }

    boolean isLeaving() {
      return serving && terminating;
    }
  }

  private record Failed(long until, int doublings) {}

  private record Stuck(String endpoint, long lastUse) {}

  /** kube-proxy's rules, told in lists. */
  private record Naive(
      List<Ep> cluster, @Nullable List<Ep> local, boolean hasAny, boolean inner, boolean outer) {
    TreeSet<String> candidates(FrontendKind kind, boolean inside) {
      boolean useLocal = kind == FrontendKind.CLUSTER_IP ? inner : outer && !inside;
      return keys(useLocal ? (local == null ? List.of() : local) : cluster);
    }

    TreeSet<String> all() {
      TreeSet<String> all = keys(cluster);
      all.addAll(keys(local == null ? List.of() : local));
      return all;
    }

    private static TreeSet<String> keys(List<Ep> endpoints) {
      TreeSet<String> keys = new TreeSet<>();
      endpoints.forEach(ep -> keys.add(key(IpAddress.parse(ep.address()), 8080)));
      return keys;
    }
  }

  /** A service with the state a proxier has for it and the state the naive model has. */
  private final class Simulated {
    final String name;
    final Map<String, List<Ep>> slices = new LinkedHashMap<>();
    final Map<IpAddress, Stuck> stuckTo = new HashMap<>();
    final PortState port;
    boolean inner;
    boolean outer;
    int affinity;
    Balancer balancer = Balancer.RANDOM;

    Simulated(String name, Random random) {
      this.name = name;
      settings(random);
      ServiceInfo info = info();
      port =
          new PortState(
              info,
              info.ports().get(0),
              NODE,
              new AffinityTable(ProxySimulationTest.this::now, 1000),
              avoid,
              metrics);
    }

    void settings(Random random) {
      inner = random.nextInt(3) == 0;
      outer = random.nextInt(3) == 0;
      affinity = random.nextInt(3) == 0 ? 30 : 0;
      balancer = Balancer.values()[random.nextInt(Balancer.values().length)];
    }

    /** Slices have distinct addresses, as the order among duplicates is not defined. */
    void changeSlice(Random random) {
      int number = random.nextInt(3);
      String slice = "slice-" + number;
      if (random.nextInt(5) == 0) {
        slices.remove(slice);
        return;
      }
      boolean v4 = number != 2;
      List<Ep> endpoints = new ArrayList<>();
      int count = random.nextInt(6);
      for (int i = 0; i < count; i++) {
        boolean terminating = random.nextInt(3) == 0;
        boolean ready = !terminating && random.nextInt(4) > 0;
        endpoints.add(
            new Ep(
                (v4 ? "10.0." + number + "." : "fd00::") + (i + 1),
                ready,
                ready || random.nextBoolean(),
                terminating,
                random.nextInt(3) == 0,
                random.nextInt(8) == 0 ? null : random.nextBoolean() ? "a" : "b"));
      }
      slices.put(slice, endpoints);
    }

    void publish() {
      ServiceInfo info = info();
      port.update(info, info.ports().get(0), NODE);
      if (affinity == 0) {
        stuckTo.clear();
      }
      TreeSet<String> reachable = naive(true).all();
      reachable.addAll(naive(false).all());
      stuckTo.values().removeIf(stuck -> !reachable.contains(stuck.endpoint));
    }

    ServiceInfo info() {
      ServiceSettingsBuilder settings =
          ServiceInfo.Settings.of("ns", name)
              .type(ServiceType.LOAD_BALANCER)
              .clusterIp("172.30.0.1")
              .clusterIp("fd00:172::1")
              .port("main", Protocol.TCP, 80, 30_080)
              .affinitySeconds(affinity)
              .annotation(Balancer.ANNOTATION, balancer.toString());
      settings.internalPolicy(inner ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER);
      settings.externalPolicy(outer ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER);
      List<SliceEndpoints> all = new ArrayList<>();
      slices.forEach((slice, endpoints) -> {
        EndpointTable.Builder table = new EndpointTable.Builder();
        for (Ep ep : endpoints) {
          table.add(
              IpAddress.parse(ep.address),
              new Conditions(ep.ready, ep.serving, ep.terminating),
              ep.local ? "node-1" : "node-2",
              null,
              null,
              null,
              ep.hint == null ? List.of() : List.of(ep.hint),
              List.of());
        }
        List<SliceEndpoints.Port> ports =
            List.of(new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), 8080));
        all.add(new SliceEndpoints(slice, false, ports, table.build()));
      });
      return new ServiceInfo(settings.build(), all);
    }

    Naive naive(boolean v4) {
      List<Ep> all = new ArrayList<>();
      slices.values().forEach(all::addAll);
      all.removeIf(ep -> ep.isV4() != v4);
      List<Ep> ready = all.stream().filter(Ep::ready).toList();
      boolean zoned =
          ready.stream().allMatch(ep -> ep.hint != null)
              && ready.stream().anyMatch(ep -> "a".equals(ep.hint));
      List<Ep> cluster = ready.stream().filter(ep -> !zoned || "a".equals(ep.hint)).toList();
      if (cluster.isEmpty()) {
        cluster = all.stream().filter(Ep::isLeaving).toList();
      }
      if (!inner && !outer) {
        return new Naive(cluster, null, !cluster.isEmpty(), false, false);
      }
      List<Ep> local = ready.stream().filter(Ep::local).toList();
      if (local.isEmpty()) {
        local = all.stream().filter(ep -> ep.local && ep.isLeaving()).toList();
      }
      boolean hasAny =
          !cluster.isEmpty() || all.stream().anyMatch(ep -> ep.ready || ep.isLeaving());
      return new Naive(cluster, local, hasAny, inner, outer);
    }

    @Override
    public String toString() {
      return name + slices + " inner=" + inner + " outer=" + outer + " " + balancer;
    }
  }
}
