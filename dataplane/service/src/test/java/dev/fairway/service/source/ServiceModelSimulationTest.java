// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.ServiceCidr;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.source.Records.ServiceRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random services, slices of both families, hints, ServiceCIDRs, lists that are delivered again and
 * changes of the node's zone, against a model that recomputes everything from the records.
 */
class ServiceModelSimulationTest {
  private static final int STEPS = 600;
  private static final String[] ZONES = {"", "a", "b"};
  private static final String[] NODES = {"node", "other", "third"};

  private final ServiceModel model = new ServiceModel(Instant.EPOCH);
  private final TreeMap<String, Service> services = new TreeMap<>();
  private final TreeMap<String, EndpointSlice> slices = new TreeMap<>();
  private final TreeMap<String, ServiceCidr> cidrs = new TreeMap<>();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private NodeTopology node = new NodeTopology("node", "");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everySnapshot_equalsTheNaiveOne(long seed) {
    Random random = new Random(seed);
    for (int step = 0; step < STEPS; step++) {
      change(random);
      if (random.nextInt(3) == 0) {
        publish("seed " + seed + " step " + step);
      }
    }
  }

  private void change(Random random) {
    String service = "svc-" + random.nextInt(6);
    String slice = "slice-" + random.nextInt(12);
    switch (random.nextInt(12)) {
      case 0 -> {
        Service next = randomService(random, service);
        services.put(service, next);
        model.upsert(next);
      }
      case 1 -> {
        services.remove(service);
        model.deleteService(new ServiceName("ns", service));
      }
      case 2 -> {
        slices.remove(slice);
        model.deleteSlice(new ObjectKey("ns", slice));
      }
      case 3 -> changeCidr(random, "cidr-" + random.nextInt(3));
      case 4 -> relist(random);
      case 5 -> node = new NodeTopology("node", ZONES[random.nextInt(ZONES.length)]);
      default -> {
        EndpointSlice next = randomSlice(random, slice, service);
        slices.put(slice, next);
        model.upsert(next);
      }
    }
  }

  private static Service randomService(Random random, String name) {
    String v4 = "172.30.0." + (1 + random.nextInt(3));
    String v6 = "fd00::" + (1 + random.nextInt(3));
    ServiceRecord record = new ServiceRecord("ns", name).port("p80", "TCP", 80, 30_080);
    switch (random.nextInt(4)) {
      case 0 -> record.clusterIps(List.of(v4), List.of("IPv4"));
      case 1 -> record.clusterIps(List.of(v6), List.of("IPv6"));
      case 2 -> record.clusterIps(List.of(v6, v4), List.of("IPv6", "IPv4"));
      default -> record.clusterIps(List.of(v4, v6), List.of("IPv4", "IPv6"));
    }
    if (random.nextInt(3) == 0) {
      record.type("NodePort").externalLocal(0);
    }
    return record.build();
  }

  private static EndpointSlice randomSlice(Random random, String name, String service) {
    boolean v4 = random.nextInt(3) > 0;
    boolean hints = random.nextBoolean();
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    int size = random.nextInt(20) == 0 ? 600 : random.nextInt(5);
    int hosts = size > 5 ? 250 : 12;
    for (int i = 0; i < size; i++) {
      String address =
          v4
              ? "10.0." + random.nextInt(3) + "." + random.nextInt(hosts)
              : "fd01::" + random.nextInt(3) + ":" + Integer.toHexString(random.nextInt(hosts));
      endpoints.add(randomEndpoint(random, address, hints));
    }
    int port = 8080 + random.nextInt(2);
    return Records.slice(
        "ns", name, service, v4 ? "IPv4" : "IPv6", endpoints, Records.port("p80", port));
  }

  /** An address has the same conditions wherever it is: which copy wins has tests of its own. */
  private static EndpointSlice.Endpoint randomEndpoint(
      Random random, String address, boolean hints) {
    boolean ready = Math.floorMod(address.hashCode(), 5) > 0;
    boolean leaving = !ready && Math.floorMod(address.hashCode(), 2) == 0;
    int place = Math.floorMod(address.hashCode(), NODES.length);
    EndpointSlice.Hints hint =
        new EndpointSlice.Hints(
            List.of(new EndpointSlice.ForZone(place == 0 ? "a" : "b")),
            random.nextBoolean() ? List.of() : List.of(new EndpointSlice.ForNode(NODES[place])));
    return new EndpointSlice.Endpoint(
        List.of(address),
        new EndpointSlice.Conditions(ready, ready || leaving, leaving),
        null,
        NODES[place],
        null,
        hints ? hint : null,
        null);
  }

  private void changeCidr(Random random, String name) {
    if (random.nextInt(3) == 0) {
      cidrs.remove(name);
      model.removeServiceCidr(name);
    } else {
      ServiceCidr cidr =
          new ServiceCidr(
              ObjectMeta.of("", name),
              new ServiceCidr.Spec(List.of("10." + random.nextInt(3) + ".0.0/16", "fd00::/108")));
      cidrs.put(name, cidr);
      model.put(ServiceModel.translate(cidr));
    }
  }

  /** A reflector lost its place: the server's objects come anew, some are gone and some are new. */
  private void relist(Random random) {
    services.keySet().removeIf(_ -> random.nextInt(4) == 0);
    slices.keySet().removeIf(_ -> random.nextInt(4) == 0);
    EndpointSlice slice = randomSlice(random, "slice-" + random.nextInt(12), "svc-0");
    slices.put(slice.metadata().name(), slice);
    model.replaceServices(services.values().stream().map(ServiceTranslator::translate).toList());
    model.replaceSlices(slices.values().stream().map(model::translate).toList());
    model.replaceServiceCidrs(cidrs.values().stream().map(ServiceModel::translate).toList());
  }

  private void publish(String where) {
    ServiceSnapshot before = snapshot;
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    snapshot = delta == null ? snapshot : delta.after();
    assertThat(names(snapshot)).describedAs(where).isEqualTo(services.keySet());
    TreeSet<String> ranges = new TreeSet<>();
    cidrs.values().forEach(cidr -> ranges.addAll(cidr.spec().cidrs()));
    assertThat(snapshot.serviceCidrs().stream().map(Object::toString))
        .describedAs(where)
        .containsExactlyInAnyOrderElementsOf(ranges);
    for (String name : services.keySet()) {
      ServiceInfo info = snapshot.service(new ServiceName("ns", name));
      assertThat(info).describedAs(where).isNotNull();
      for (IpFamily family : IpFamily.values()) {
        checkRoutes(info, family, where + " " + name + " " + family + " " + node);
      }
    }
    Set<ServiceName> changed = delta == null ? Set.of() : delta.changed();
    assertThat(changed).describedAs(where).isEqualTo(differences(before, snapshot));
  }

  private void checkRoutes(ServiceInfo info, IpFamily family, String where) {
    TreeMap<String, EndpointSlice.Endpoint> all = naive(info.name().name(), family);
    PortRoutes routes = PortRoutes.of(info, info.ports().get(0), family, node);
    assertThat(texts(routes.endpoints())).describedAs(where).isEqualTo(List.copyOf(all.keySet()));
    if (hasTwins(info.name().name())) {
      return; // Whose hints count is not defined.
    }
    assertThat(texts(routes.candidates(FrontendKind.CLUSTER_IP, true)))
        .describedAs(where)
        .isEqualTo(naiveCluster(all));
    if (routes.isLocalOnly(FrontendKind.NODE_PORT, false)) {
      assertThat(texts(routes.candidates(FrontendKind.NODE_PORT, false)))
          .describedAs(where)
          .isEqualTo(naiveLocal(all));
    }
  }

  /** Texts sort as the API's strings do, which is the order the model promises. */
  private TreeMap<String, EndpointSlice.Endpoint> naive(String service, IpFamily family) {
    TreeMap<String, EndpointSlice.Endpoint> endpoints = new TreeMap<>();
    for (EndpointSlice slice : slices.values()) {
      if (belongs(slice, service) && slice.addressType().equals(family.apiName())) {
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
          endpoints.put(text(endpoint, slice), endpoint);
        }
      }
    }
    return endpoints;
  }

  private static boolean belongs(EndpointSlice slice, String service) {
    return service.equals(slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL));
  }

  private static String text(EndpointSlice.Endpoint endpoint, EndpointSlice slice) {
    // As kube-proxy writes it, in the form of RFC 5952.
    String address = dev.fairway.service.IpAddress.parse(endpoint.addresses().get(0)).toString();
    return (address.indexOf(':') < 0 ? address : "[" + address + "]")
        + ":"
        + slice.ports().get(0).port();
  }

  /** Whether an endpoint is in several slices or several times in one. */
  private boolean hasTwins(String service) {
    Set<String> seen = new HashSet<>();
    for (EndpointSlice slice : slices.values()) {
      if (belongs(slice, service)) {
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
          if (!seen.add(text(endpoint, slice))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private List<String> naiveCluster(TreeMap<String, EndpointSlice.Endpoint> all) {
    List<EndpointSlice.Endpoint> ready =
        all.values().stream().filter(EndpointSlice.Endpoint::isReady).toList();
    boolean byNode =
        ready.stream().allMatch(e -> !nodes(e).isEmpty())
            && ready.stream().anyMatch(e -> nodes(e).contains("node"));
    boolean byZone =
        !byNode
            && ready.stream().allMatch(e -> !zones(e).isEmpty())
            && ready.stream().anyMatch(e -> zones(e).contains(node.zone()));
    List<String> chosen = new ArrayList<>();
    all.forEach((text, endpoint) -> {
      if (endpoint.isReady()
          && (!byNode || nodes(endpoint).contains("node"))
          && (!byZone || zones(endpoint).contains(node.zone()))) {
        chosen.add(text);
      }
    });
    return chosen.isEmpty() ? leaving(all, null) : chosen;
  }

  private static List<String> naiveLocal(TreeMap<String, EndpointSlice.Endpoint> all) {
    List<String> chosen = new ArrayList<>();
    all.forEach((text, endpoint) -> {
      if (endpoint.isReady() && "node".equals(endpoint.nodeName())) {
        chosen.add(text);
      }
    });
    return chosen.isEmpty() ? leaving(all, "node") : chosen;
  }

  private static List<String> leaving(
      TreeMap<String, EndpointSlice.Endpoint> all, @Nullable String onNode) {
    List<String> chosen = new ArrayList<>();
    all.forEach((text, endpoint) -> {
      if (endpoint.isServing()
          && endpoint.isTerminating()
          && (onNode == null || onNode.equals(endpoint.nodeName()))) {
        chosen.add(text);
      }
    });
    return chosen;
  }

  private static List<String> nodes(EndpointSlice.Endpoint endpoint) {
    EndpointSlice.Hints hints = endpoint.hints();
    return hints == null
        ? List.of()
        : hints.forNodes().stream().map(EndpointSlice.ForNode::name).toList();
  }

  private static List<String> zones(EndpointSlice.Endpoint endpoint) {
    EndpointSlice.Hints hints = endpoint.hints();
    return hints == null
        ? List.of()
        : hints.forZones().stream().map(EndpointSlice.ForZone::name).toList();
  }

  private static List<String> texts(EndpointSet set) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      String address = set.address(i).toString();
      texts.add((set.isV4(i) ? address : "[" + address + "]") + ":" + set.port(i));
    }
    return texts;
  }

  private static Set<String> names(ServiceSnapshot snapshot) {
    Set<String> names = new HashSet<>();
    snapshot.services().forEach(service -> names.add(service.name().name()));
    assertThat(snapshot.services()).hasSize(names.size());
    return names;
  }

  private static Set<ServiceName> differences(ServiceSnapshot before, ServiceSnapshot after) {
    Set<ServiceName> names = new HashSet<>();
    before.services().forEach(service -> names.add(service.name()));
    after.services().forEach(service -> names.add(service.name()));
    names.removeIf(name -> {
      ServiceInfo old = before.service(name);
      ServiceInfo now = after.service(name);
      return old != null && old.equals(now);
    });
    return names;
  }
}
