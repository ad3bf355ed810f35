// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static dev.fairway.service.source.Records.endpoint;
import static dev.fairway.service.source.Records.port;
import static dev.fairway.service.source.Records.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.source.Records.ServiceRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of kube-proxy's endpointslicecache_test.go and servicechangetracker_test.go. */
class ServiceModelTest {
  private static final ServiceName WEB = new ServiceName("ns", "web");

  private final ServiceModel model = new ServiceModel(Instant.EPOCH);
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  private @Nullable SnapshotDelta publish() {
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    snapshot = delta == null ? snapshot : delta.after();
    return delta;
  }

  private ServiceInfo web() {
    return service(WEB);
  }

  private ServiceInfo service(ServiceName name) {
    ServiceInfo service = snapshot.service(name);
    assertThat(service).isNotNull();
    return service;
  }

  private EndpointSet endpoints(String portName) {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    publish();
    return web().endpoints(portName, Protocol.TCP);
  }

  @Test
  @DisplayName("33 one slice, two ports: each has every endpoint, and it is known which is local")
  void oneSlice_everyPortHasEveryEndpoint() {
    model.upsert(
        slice(
            "ns",
            "a",
            "web",
            "IPv4",
            hosts("10.0.1.1", "10.0.1.2", "10.0.1.3"),
            port("p80", 80),
            port("p443", 443)));
    assertThat(endpoints("p80")).hasToString("[10.0.1.1:80, 10.0.1.2:80, 10.0.1.3:80]");
    assertThat(endpoints("p443")).hasToString("[10.0.1.1:443, 10.0.1.2:443, 10.0.1.3:443]");
    assertThat(web().endpoints("p80", Protocol.UDP).size()).isZero();
    assertThat(web().endpoints("p80", Protocol.TCP).nodeName(0)).isEqualTo("node");
  }

  @Test
  @DisplayName("34 44 two slices of a port: union, sorted as text")
  void twoSlices_areMergedInTextOrder() {
    model.upsert(slice("ns", "a", "web", "10.0.1.1", "10.0.1.3"));
    model.upsert(slice("ns", "b", "web", "10.0.1.10", "10.0.1.2"));
    assertThat(endpoints("p80"))
        .hasToString("[10.0.1.10:80, 10.0.1.1:80, 10.0.1.2:80, 10.0.1.3:80]");
  }

  @Test
  @DisplayName("35 the same slice again replaces it")
  void sameSliceAgain_replaces() {
    model.upsert(slice("ns", "a", "web", "10.0.1.1", "10.0.1.2"));
    model.upsert(slice("ns", "a", "web", "10.0.2.1"));
    assertThat(endpoints("p80")).hasToString("[10.0.2.1:80]");
  }

  @Test
  @DisplayName("39 slices of other services and namespaces, without owner or of names are ignored")
  void slicesOfOthers_andFqdn_andUnlabelled_areIgnored() {
    model.upsert(slice("ns", "a", "other", "10.0.1.1"));
    model.upsert(slice("ns2", "a", "web", "10.0.1.2"));
    model.upsert(slice("ns", "b", null, "IPv4", hosts("10.0.1.3"), port("p80", 80)));
    model.upsert(slice("ns", "c", "web", "FQDN", hosts("example.org"), port("p80", 80)));
    assertThat(endpoints("p80").isEmpty()).isTrue();
  }

  @Test
  @DisplayName("40 a slice port without number or name is none; it does not mean all ports")
  void portsWithoutNumberOrName_areIgnored() {
    model.upsert(
        slice(
            "ns",
            "a",
            "web",
            "IPv4",
            hosts("10.0.1.1"),
            port("p80", null),
            port(null, 80),
            port("zero", 0)));
    assertThat(endpoints("p80").isEmpty()).isTrue();
    assertThat(web().endpointPorts()).isEmpty();
  }

  @Test
  void namedPort_mayHaveAnotherNumberOnEachPod() {
    model.upsert(slice("ns", "a", "web", "IPv4", hosts("10.0.1.1"), port("p80", 8080)));
    model.upsert(slice("ns", "b", "web", "IPv4", hosts("10.0.1.2", "10.0.1.1"), port("p80", 9090)));
    assertThat(endpoints("p80")).hasToString("[10.0.1.1:8080, 10.0.1.1:9090, 10.0.1.2:9090]");
  }

  static Stream<List<String>> duplicates() {
    return Stream.of(
        List.of("ready", "leaving", "dead"),
        List.of("leaving", "ready", "dead"),
        List.of("leaving", "dead", "ready"),
        List.of("dead", "ready", "leaving"));
  }

  @ParameterizedTest(name = "42 43 the usable copy of {0} wins")
  @MethodSource
  void duplicates(List<String> order) {
    for (int i = 0; i < order.size(); i++) {
      model.upsert(slice("ns", "s" + i, "web", "IPv4", List.of(in(order.get(i))), port("p80", 80)));
    }
    EndpointSet set = endpoints("p80");
    assertThat(set.size()).isEqualTo(1);
    assertThat(set.isReady(0)).isTrue();
    assertThat(set.isTerminating(0)).isFalse();
  }

  private static EndpointSlice.Endpoint in(String state) {
    return switch (state) {
      case "ready" -> endpoint("10.0.1.1", true, true, false);
      case "leaving" -> endpoint("10.0.1.1", false, true, true);
      default -> endpoint("10.0.1.1", false, false, true);
    };
  }

  @Test
  void conditions_haveTheirDefaults() {
    model.upsert(
        slice(
            "ns",
            "a",
            "web",
            "IPv4",
            List.of(
                endpoint("10.0.1.1", null, null, null),
                endpoint("10.0.1.2", false, null, null),
                endpoint("10.0.1.3", false, true, true)),
            port("p80", 80)));
    EndpointSet set = endpoints("p80");
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      conditions.add(set.isReady(i) + " " + set.isServing(i) + " " + set.isTerminating(i));
    }
    assertThat(conditions)
        .containsExactly("true true false", "false true false", "false true true");
  }

  @Test
  @DisplayName("46 added and deleted before a snapshot leaves nothing")
  void whatWasAddedAndDeletedBeforeASnapshot_leavesNothing() {
    EndpointSlice one = slice("ns", "a", "web", "10.0.1.1");
    model.upsert(one);
    model.upsert(slice("ns", "b", "web", "10.0.1.2"));
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    model.deleteSlice(one.key());
    model.deleteSlice(new ObjectKey("ns", "b"));
    model.deleteService(WEB);
    assertThat(publish()).isNull();
    assertThat(model.sliceCount()).isZero();
    model.deleteSlice(new ObjectKey("ns", "unknown"));
    assertThat(model.hasPending()).isFalse();
  }

  @Test
  void sliceThatMovesToAnotherService_leavesTheFirst() {
    model.upsert(slice("ns", "a", "web", "10.0.1.1"));
    model.upsert(Records.service("ns", "other", "172.30.0.2"));
    model.upsert(slice("ns", "a", "other", "10.0.1.1"));
    assertThat(endpoints("p80").isEmpty()).isTrue();
    assertThat(service(new ServiceName("ns", "other")).endpoints("p80", Protocol.TCP).size())
        .isEqualTo(1);
  }

  @Test
  void replace_forgetsWhatIsNotInTheList() {
    replaceSlices(slice("ns", "a", "web", "10.0.1.1"), slice("ns", "b", "web", "10.0.1.2"));
    endpoints("p80");
    replaceSlices(slice("ns", "b", "web", "10.0.1.2"));
    publish();
    assertThat(web().endpoints("p80", Protocol.TCP)).hasToString("[10.0.1.2:80]");
    model.replaceServices(List.of());
    publish();
    assertThat(snapshot.service(WEB)).isNull();
  }

  private void replaceSlices(EndpointSlice... all) {
    model.replaceSlices(Stream.of(all).map(model::translate).toList());
  }

  @Test
  void headlessSlice_isHiddenFromProxiesOnly() {
    EndpointSlice plain = slice("ns", "a", "web", "10.0.1.1");
    model.upsert(
        new EndpointSlice(
            plain
                .metadata()
                .withLabels(
                    Map.of(
                        "kubernetes.io/service-name", "web", "service.kubernetes.io/headless", "")),
            plain.addressType(),
            plain.endpoints(),
            plain.ports()));
    assertThat(endpoints("p80").size()).isEqualTo(1);
    assertThat(web().proxiedEndpoints("p80", Protocol.TCP).isEmpty()).isTrue();
  }

  @Test
  @DisplayName("48 54 63 which Services a proxy skips")
  void servicesThatAreNotProxied() {
    assertThat(
            Stream.of(
                    new ServiceRecord("ns", "headless").clusterIp("None"),
                    new ServiceRecord("ns", "pending").clusterIp(""),
                    new ServiceRecord("ns", "name").type("ExternalName").clusterIp("172.30.0.5"),
                    new ServiceRecord("ns", "foreign")
                        .clusterIp("172.30.0.6")
                        .label("service.kubernetes.io/service-proxy-name", ""),
                    new ServiceRecord("ns", "web").clusterIp("172.30.0.7"))
                .map(record ->
                    new ServiceInfo(ServiceTranslator.translate(record.build()), List.of()))
                .filter(ServiceInfo::isProxied)
                .map(info -> info.name().name()))
        .containsExactly("web");
  }

  @Test
  @DisplayName("51 52 53 addresses of a load balancer: status, mode VIP or none")
  void loadBalancerAddresses_areThoseInModeVip() {
    ServiceInfo.Settings settings =
        ServiceTranslator.translate(
            new ServiceRecord("ns", "web")
                .type("LoadBalancer")
                .clusterIp("172.30.0.1")
                .ingress(
                    new Service.LoadBalancerIngress("10.1.2.4", "", ""),
                    new Service.LoadBalancerIngress("10.1.2.5", "", "VIP"),
                    new Service.LoadBalancerIngress("10.1.2.6", "", "Proxy"),
                    new Service.LoadBalancerIngress("", "lb.example.org", ""))
                .externalLocal(345)
                .build());
    assertThat(settings.loadBalancerIps()).hasToString("[10.1.2.4, 10.1.2.5]");
    assertThat(settings.healthCheckNodePort()).isEqualTo(345);
  }

  @Test
  @DisplayName("57 65 leading zeros are decimal, blanks are trimmed, nonsense is left out")
  void badAddresses_areNormalisedOrSkipped() {
    ServiceInfo.Settings settings =
        ServiceTranslator.translate(
            new ServiceRecord("ns", "web")
                .clusterIp("172.30.0.041")
                .externalIps("192.168.099.011", "not-an-address", "2001:db8::7")
                .sourceRanges(" 203.0.113.000/025", "nonsense", "2001:db8::/64")
                .build());
    assertThat(settings.clusterIps()).hasToString("[172.30.0.41]");
    assertThat(settings.externalIps()).hasToString("[192.168.99.11, 2001:db8::7]");
    assertThat(settings.sourceRanges()).hasToString("[203.0.113.0/25, 2001:db8::/64]");
  }

  @Test
  void dualStack_keepsTheOrderAndDropsWhatDoesNotMatchItsFamily() {
    ServiceInfo.Settings settings =
        ServiceTranslator.translate(
            new ServiceRecord("ns", "web")
                .clusterIps(List.of("fd00::1", "172.30.0.1"), List.of("IPv6", "IPv4"))
                .build());
    assertThat(settings.clusterIps()).hasToString("[fd00::1, 172.30.0.1]");
    assertThat(
            ServiceTranslator.translate(
                    new ServiceRecord("ns", "web")
                        .clusterIps(List.of("172.30.0.1"), List.of("IPv6"))
                        .build())
                .clusterIps())
        .isEmpty();
  }

  private static List<EndpointSlice.Endpoint> hosts(String... addresses) {
    return Stream.of(addresses).map(address -> endpoint(address, null, null, null)).toList();
  }
}
