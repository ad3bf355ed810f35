// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static dev.fairway.service.source.Records.endpoint;
import static dev.fairway.service.source.Records.port;
import static dev.fairway.service.source.Records.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.source.Records.ServiceRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** kube-proxy's endpoints and service change tracker tests: what a change makes of the map. */
class ServiceChangesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant T0 = START.plusSeconds(10);
  private static final Instant T1 = START.plusSeconds(20);
  private static final Instant T2 = START.plusSeconds(30);

  private final ServiceModel model = new ServiceModel(START);
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  @BeforeEach
  void services() {
    for (int i = 1; i <= 4; i++) {
      model.upsert(Records.service("ns" + i, "ep" + i, "172.30.0." + i));
    }
    publish();
  }

  private Set<ServiceName> publish() {
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    snapshot = delta == null ? snapshot : delta.after();
    return delta == null ? Set.of() : delta.changed();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void change(
      List<EndpointSlice> before,
      List<EndpointSlice> after,
      String expected,
      Set<ServiceName> changed) {
    before.forEach(model::upsert);
    publish();
    Set<ObjectKey> kept = Set.copyOf(after.stream().map(EndpointSlice::key).toList());
    for (EndpointSlice slice : before) {
      if (!kept.contains(slice.key())) {
        model.deleteSlice(slice.key());
      }
    }
    after.forEach(model::upsert);
    assertThat(publish()).isEqualTo(changed);
    assertThat(map()).isEqualTo(expected);
  }

  static Stream<Arguments> changes() {
    EndpointSlice unnamed = tcp(1, "s1", "", 11, "1.1.1.1");
    EndpointSlice named = tcp(1, "s1", "p11", 11, "1.1.1.1");
    EndpointSlice second = tcp(1, "s2", "p12", 12, "1.1.1.2");
    EndpointSlice two = tcp(1, "s1", "p11", 11, "1.1.1.1", "1.1.1.2");
    return Stream.of(
        change("67 nothing", List.of(), List.of(), "{}"),
        change("67 no change, unnamed port", unnamed, unnamed, "{ns1/ep1:=1.1.1.1:11}"),
        change(
            "67 no change, several slices",
            List.of(named, second),
            List.of(named, second),
            "{ns1/ep1:p11=1.1.1.1:11, ns1/ep1:p12=1.1.1.2:12}"),
        change("68 add a slice", List.of(), List.of(unnamed), "{ns1/ep1:=1.1.1.1:11}", 1),
        change("68 remove a slice", List.of(unnamed), List.of(), "{}", 1),
        change("68 add an address", named, two, "{ns1/ep1:p11=1.1.1.1:11 1.1.1.2:11}", 1),
        change("68 remove an address", two, named, "{ns1/ep1:p11=1.1.1.1:11}", 1),
        change(
            "68 add a slice to a service",
            List.of(named),
            List.of(named, second),
            "{ns1/ep1:p11=1.1.1.1:11, ns1/ep1:p12=1.1.1.2:12}",
            1),
        change(
            "68 remove a slice from a service",
            List.of(named, second),
            List.of(named),
            "{ns1/ep1:p11=1.1.1.1:11}",
            1),
        change(
            "68 rename a port",
            named,
            tcp(1, "s1", "p11-2", 11, "1.1.1.1"),
            "{ns1/ep1:p11-2=1.1.1.1:11}",
            1),
        change(
            "68 renumber a port",
            named,
            tcp(1, "s1", "p11", 22, "1.1.1.1"),
            "{ns1/ep1:p11=1.1.1.1:22}",
            1),
        change(
            "68 additions and removals in four services",
            List.of(
                named,
                tcp(2, "s2", "p22", 22, "2.2.2.2", "2.2.2.22"),
                tcp(4, "s4", "p44", 44, "4.4.4.4")),
            List.of(
                two,
                tcp(2, "s2", "p22", 22, "2.2.2.2"),
                tcp(3, "s3", "p33", 33, "3.3.3.3"),
                tcp(4, "s4", "p44", 44, "4.4.4.4")),
            "{ns1/ep1:p11=1.1.1.1:11 1.1.1.2:11, ns2/ep2:p22=2.2.2.2:22,"
                + " ns3/ep3:p33=3.3.3.3:33, ns4/ep4:p44=4.4.4.4:44}",
            1,
            2,
            3),
        change(
            "68 from no endpoints to one",
            tcp(1, "s1", "", 11),
            unnamed,
            "{ns1/ep1:=1.1.1.1:11}",
            1),
        change(
            "68 ready to terminating",
            named,
            state(named, false, true, true),
            "{ns1/ep1:p11=1.1.1.1:11(serving terminating)}",
            1),
        change(
            "68 terminating to empty",
            state(named, false, true, true),
            tcp(1, "s1", "p11", 11),
            "{}",
            1),
        change(
            "70 all to unready",
            named,
            state(named, false, false, false),
            "{ns1/ep1:p11=1.1.1.1:11()}",
            1),
        change(
            "70 unready to ready",
            state(named, false, false, false),
            named,
            "{ns1/ep1:p11=1.1.1.1:11}",
            1),
        change(
            "45 endpoints in another order",
            two,
            tcp(1, "s1", "p11", 11, "1.1.1.2", "1.1.1.1"),
            "{ns1/ep1:p11=1.1.1.1:11 1.1.1.2:11}"));
  }

  /** 70: FQDN slices and unknown slices are nothing. */
  @Test
  void whatIsNotOurs_changesNothing() {
    model.upsert(
        slice(
            "ns1",
            "names",
            "ep1",
            "FQDN",
            List.of(endpoint("example.org", true, true, false)),
            port("p11", 11)));
    model.deleteSlice(new ObjectKey("ns1", "unknown"));
    assertThat(publish()).isEmpty();
  }

  /** 70: a slice with some of the ports adds only those. */
  @Test
  void sliceWithFewerPorts_addsItsOwn() {
    model.upsert(
        slice(
            "ns1",
            "s1",
            "ep1",
            "IPv4",
            List.of(endpoint("1.1.1.1", true, true, false)),
            port("a", 80),
            port("b", 443)));
    model.upsert(tcp(1, "s2", "a", 80, "1.1.1.2"));
    publish();
    assertThat(map()).isEqualTo("{ns1/ep1:a=1.1.1.1:80 1.1.1.2:80, ns1/ep1:b=1.1.1.1:443}");
  }

  /** 61: ClusterIP to load balancer, the same again, and back. */
  @Test
  void serviceChangesType_onlyRealChangesCount() {
    ServiceName name = new ServiceName("ns1", "ep1");
    model.upsert(balancer().build());
    assertThat(publish()).containsExactly(name);
    assertThat(info(name).healthCheckNodePort()).isEqualTo(345);
    model.upsert(balancer().build());
    assertThat(publish()).isEmpty();
    model.upsert(Records.service("ns1", "ep1", "172.30.0.1"));
    assertThat(publish()).containsExactly(name);
    assertThat(info(name).healthCheckNodePort()).isZero();
  }

  private static ServiceRecord balancer() {
    return new ServiceRecord("ns1", "ep1")
        .type("LoadBalancer")
        .clusterIp("172.30.0.1")
        .port("p80", "TCP", 80, 30_080)
        .externalLocal(345);
  }

  private ServiceInfo info(ServiceName name) {
    ServiceInfo info = snapshot.service(name);
    assertThat(info).isNotNull();
    return info;
  }

  /** 64: the ClusterIPs of a service by family; the order is that of the service. */
  @ParameterizedTest
  @MethodSource
  void clusterIps(List<String> ips, List<String> families, String expected) {
    ServiceRecord record = new ServiceRecord("ns", "web");
    if (families.isEmpty()) {
      record.clusterIp(ips.get(0));
    } else {
      record.clusterIps(ips, families);
    }
    assertThat(ServiceTranslator.translate(record.build()).clusterIps()).hasToString(expected);
  }

  static Stream<Arguments> clusterIps() {
    String v4 = "172.30.0.1";
    String v6 = "fd00::1";
    return Stream.of(
        argumentSet("old IPv4", List.of(v4), List.of(), "[172.30.0.1]"),
        argumentSet("old IPv6", List.of(v6), List.of(), "[fd00::1]"),
        argumentSet("IPv4", List.of(v4), List.of("IPv4"), "[172.30.0.1]"),
        argumentSet("IPv6", List.of(v6), List.of("IPv6"), "[fd00::1]"),
        argumentSet("dual", List.of(v4, v6), List.of("IPv4", "IPv6"), "[172.30.0.1, fd00::1]"),
        argumentSet("dual v6", List.of(v6, v4), List.of("IPv6", "IPv4"), "[fd00::1, 172.30.0.1]"),
        argumentSet("IPv4 called IPv6", List.of(v4), List.of("IPv6"), "[]"),
        argumentSet("IPv6 called IPv4", List.of(v6), List.of("IPv4"), "[]"));
  }

  /** 69: trigger times. */
  @ParameterizedTest
  @MethodSource
  void triggers(List<Consumer<ServiceModel>> steps, List<Instant> expected) {
    steps.forEach(step -> step.accept(model));
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    assertThat(delta == null ? List.of() : delta.triggers())
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  static Stream<Arguments> triggers() {
    Consumer<ServiceModel> delete = model -> model.deleteSlice(new ObjectKey("ns1", "s1"));
    return Stream.of(
        argumentSet("add", List.of(set(1, T0, "1.1.1.1")), List.of(T0)),
        argumentSet(
            "add and update",
            List.of(set(1, T0, "1.1.1.1"), set(1, T1, "1.1.1.2")),
            List.of(T0, T1)),
        argumentSet(
            "two services",
            List.of(set(1, T0, "1.1.1.1"), set(2, T1, "2.2.2.2"), set(1, T2, "1.1.1.9")),
            List.of(T0, T1, T2)),
        argumentSet("no annotation", List.of(set(1, null, "1.1.1.1")), List.of()),
        argumentSet(
            "before the start", List.of(set(1, START.minusSeconds(1), "1.1.1.1")), List.of()),
        argumentSet(
            "unchanged", List.of(set(1, T0, "1.1.1.1"), set(1, T1, "1.1.1.1")), List.of(T0)),
        argumentSet("add and delete", List.of(set(1, T0, "1.1.1.1"), delete), List.of()),
        argumentSet(
            "add, delete, add",
            List.of(set(1, T0, "1.1.1.1"), delete, set(1, T2, "1.1.1.1")),
            List.of(T2)),
        argumentSet("delete alone", List.of(delete), List.of()));
  }

  private static Consumer<ServiceModel> set(
      int service, @Nullable Instant trigger, String address) {
    EndpointSlice plain = tcp(service, "s" + service, "p", 11, address);
    EndpointSlice slice =
        trigger == null
            ? plain
            : new EndpointSlice(
                plain
                    .metadata()
                    .withAnnotations(
                        Map.of(
                            "endpoints.kubernetes.io/last-change-trigger-time",
                            trigger.toString())),
                plain.addressType(),
                plain.endpoints(),
                plain.ports());
    return model -> model.upsert(slice);
  }

  private static Arguments change(
      String name, EndpointSlice before, EndpointSlice after, String expected, int... changed) {
    return change(name, List.of(before), List.of(after), expected, changed);
  }

  private static Arguments change(
      String name,
      List<EndpointSlice> before,
      List<EndpointSlice> after,
      String expected,
      int... changed) {
    Set<ServiceName> names = new java.util.HashSet<>();
    for (int i : changed) {
      names.add(new ServiceName("ns" + i, "ep" + i));
    }
    return argumentSet(name, before, after, expected, names);
  }

  private static EndpointSlice tcp(
      int service, String name, String portName, int number, String... addresses) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    for (String address : addresses) {
      endpoints.add(endpoint(address, true, true, false));
    }
    return slice("ns" + service, name, "ep" + service, "IPv4", endpoints, port(portName, number));
  }

  private static EndpointSlice state(
      EndpointSlice slice, boolean ready, boolean serving, boolean terminating) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    for (EndpointSlice.Endpoint old : slice.endpoints()) {
      endpoints.add(endpoint(old.addresses().get(0), ready, serving, terminating));
    }
    return new EndpointSlice(slice.metadata(), slice.addressType(), endpoints, slice.ports());
  }

  /** Every service port with endpoints, as {@code namespace/name:port=address:port ...}. */
  private String map() {
    TreeMap<String, String> map = new TreeMap<>();
    for (ServiceInfo service : snapshot.services()) {
      for (EndpointPort port : service.endpointPorts()) {
        EndpointSet set = service.endpoints(port.name(), port.protocol());
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < set.size(); i++) {
          texts.add(set.address(i) + ":" + set.port(i) + state(set, i));
        }
        if (!texts.isEmpty()) {
          map.put(service.name() + ":" + port.name(), String.join(" ", texts));
        }
      }
    }
    return map.toString();
  }

  private static String state(EndpointSet set, int i) {
    if (set.isReady(i)) {
      return "";
    }
    List<String> words = new ArrayList<>();
    if (set.isServing(i)) {
      words.add("serving");
    }
    if (set.isTerminating(i)) {
      words.add("terminating");
    }
    return "(" + String.join(" ", words) + ")";
  }
}
