// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static dev.fairway.service.source.Records.endpoint;
import static dev.fairway.service.source.Records.port;
import static dev.fairway.service.source.Records.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.ServiceCidr;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceTracer;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.source.Records.ServiceRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Rows of kube-proxy's own tests by their number in our list (endpoint slice cache 33 to 47,
 * service tracker 48 to 65, restart 95, ServiceCIDRs 97); {@link ServiceModelTest} and {@link
 * ServiceChangesTest} have the others.
 */
class KubeProxyRowsTest {
  private final ServiceModel model = new ServiceModel(Instant.EPOCH);
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  private Set<ServiceName> publish() {
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    snapshot = delta == null ? snapshot : delta.after();
    return delta == null ? Set.of() : delta.changed();
  }

  private ServiceInfo info(String name) {
    ServiceInfo info = snapshot.service(new ServiceName("ns", name));
    assertThat(info).isNotNull();
    return info;
  }

  private static ServiceName name(String name) {
    return new ServiceName("ns", name);
  }

  /** Ten endpoints 10.0.1.1 to 10; every n-th unready, every m-th terminating, 0 for none. */
  private static EndpointSlice ten(int unready, int terminating) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      boolean leaving = terminating > 0 && i % terminating == 0;
      boolean ready = !leaving && (unready == 0 || i % unready != 0);
      endpoints.add(endpoint("10.0.1." + i, ready, ready || leaving, leaving));
    }
    return slice("ns", "a", "web", "IPv4", endpoints, port("p80", 80));
  }

  private String states() {
    EndpointSet set = info("web").endpoints("p80", Protocol.TCP);
    TreeMap<Integer, String> states = new TreeMap<>();
    for (int i = 0; i < set.size(); i++) {
      if (!set.isReady(i)) {
        states.put(
            set.ipv4(i) & 0xff,
            (set.isServing(i) ? "serving " : "") + (set.isTerminating(i) ? "terminating" : ""));
      }
    }
    return set.size() + " " + states;
  }

  @Test
  @DisplayName("36 the latest version of a slice decides who is unready")
  void latestVersion() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    model.upsert(ten(3, 0));
    publish();
    assertThat(states()).isEqualTo("10 {3=, 6=, 9=}");
    model.upsert(ten(6, 0));
    publish();
    assertThat(states()).isEqualTo("10 {6=}");
  }

  @Test
  @DisplayName("37 terminating endpoints are unready but serving")
  void terminating() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    model.upsert(ten(6, 5));
    publish();
    assertThat(states()).isEqualTo("10 {5=serving terminating, 6=, 10=serving terminating}");
  }

  @Test
  @DisplayName("38 with all unready, all are still there")
  void allUnready() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    model.upsert(ten(1, 0));
    publish();
    assertThat(states()).startsWith("10 {1=, 2=,");
  }

  @Test
  @DisplayName("41 two slices with the same addresses and other port names: both ports")
  void sameAddressesOtherPort() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    List<EndpointSlice.Endpoint> hosts = List.of(endpoint("10.0.1.1", true, true, false));
    model.upsert(slice("ns", "a", "web", "IPv4", hosts, port("p80", 80)));
    model.upsert(slice("ns", "b", "web", "IPv4", hosts, port("p443", 443)));
    publish();
    assertThat(info("web").endpoints("p80", Protocol.TCP)).hasToString("[10.0.1.1:80]");
    assertThat(info("web").endpoints("p443", Protocol.TCP)).hasToString("[10.0.1.1:443]");
  }

  @Test
  @DisplayName("45 ports removed or added change the Service, the same again does not")
  void portsOfASlice() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    List<EndpointSlice.Endpoint> hosts = List.of(endpoint("10.0.1.1", true, true, false));
    EndpointSlice both = slice("ns", "a", "web", "IPv4", hosts, port("p80", 80), port("q", 81));
    EndpointSlice one = slice("ns", "a", "web", "IPv4", hosts, port("p80", 80));
    model.upsert(both);
    assertThat(publish()).containsExactly(name("web"));
    model.upsert(both);
    assertThat(publish()).isEmpty();
    model.upsert(one);
    assertThat(publish()).containsExactly(name("web"));
    model.upsert(both);
    assertThat(publish()).containsExactly(name("web"));
  }

  @Test
  @DisplayName("46 slices that are added and deleted leave nothing: two services, two namespaces")
  void addedAndDeleted() {
    List<EndpointSlice> all =
        List.of(
            slice("ns", "a", "web", "10.0.1.1"),
            slice("ns", "b", "api", "10.0.1.1"),
            slice("ns", "c", "api", "10.0.1.2"),
            slice("other", "a", "web", "10.0.1.1"));
    all.forEach(model::upsert);
    all.forEach(gone -> model.deleteSlice(gone.key()));
    assertThat(model.sliceCount()).isZero();
    assertThat(publish()).isEmpty();
  }

  @Test
  @DisplayName("47 one of two slices is deleted: the other stays")
  void oneOfTwoDeleted() {
    model.upsert(Records.service("ns", "web", "172.30.0.1"));
    model.upsert(slice("ns", "a", "web", "10.0.1.1"));
    EndpointSlice gone = slice("ns", "b", "web", "10.0.1.2");
    model.upsert(gone);
    publish();
    model.deleteSlice(gone.key());
    assertThat(publish()).containsExactly(name("web"));
    assertThat(info("web").endpoints("p80", Protocol.TCP)).hasToString("[10.0.1.1:80]");
    assertThat(model.sliceCount()).isEqualTo(1);
  }

  private static List<String> ports(ServiceRecord record) {
    ServiceInfo info = new ServiceInfo(ServiceTranslator.translate(record.build()), List.of());
    return info.isProxied()
        ? info.ports().stream().map(ServicePort::name).map(Object::toString).toList()
        : List.of();
  }

  @Test
  @DisplayName("48 headless Services have no ports to proxy, whatever they say")
  void headless() {
    ServiceRecord plain = new ServiceRecord("ns", "web").clusterIp("None");
    assertThat(ports(plain)).isEmpty();
    assertThat(ports(plain.port("rpc", "UDP", 1234, 0))).isEmpty();
    assertThat(ports(new ServiceRecord("ns", "web").clusterIp("None").port("sip", "SCTP", 7777, 0)))
        .isEmpty();
    assertThat(ports(new ServiceRecord("ns", "web").clusterIp("172.30.0.1"))).isEmpty();
  }

  @Test
  @DisplayName("49 50 51 each port and protocol is one key, for every type")
  void keys() {
    assertThat(
            ports(
                new ServiceRecord("ns", "dns")
                    .clusterIp("172.16.55.4")
                    .port("p1", "UDP", 1234, 4321)
                    .port("p2", "UDP", 1235, 5321)))
        .containsExactly("ns/dns:p1/UDP", "ns/dns:p2/UDP");
    assertThat(
            ports(
                new ServiceRecord("ns", "node")
                    .type("NodePort")
                    .clusterIp("172.16.55.10")
                    .port("port1", "UDP", 345, 678)
                    .port("port1", "TCP", 344, 677)))
        .containsExactly("ns/node:port1/UDP", "ns/node:port1/TCP");
    ServiceRecord balancer =
        new ServiceRecord("ns", "lb")
            .type("LoadBalancer")
            .clusterIp("172.16.55.11")
            .port("p1", "TCP", 8675, 30_061)
            .ingress(new Service.LoadBalancerIngress("10.1.2.4", "", ""));
    assertThat(ports(balancer)).containsExactly("ns/lb:p1/TCP");
    assertThat(ServiceTranslator.translate(balancer.build()).loadBalancerIps())
        .describedAs("the status decides, not spec.loadBalancerIP 5.6.7.8")
        .containsExactly(IpAddress.parse("10.1.2.4"));
  }

  @Test
  @DisplayName("53 both ports of a Local load balancer share its health check port")
  void healthPort() {
    ServiceInfo.Settings settings =
        ServiceTranslator.translate(
            new ServiceRecord("ns", "lb")
                .type("LoadBalancer")
                .clusterIp("172.16.55.11")
                .port("a", "TCP", 80, 30_080)
                .port("b", "TCP", 81, 30_081)
                .externalLocal(345)
                .build());
    assertThat(settings.ports()).hasSize(2);
    assertThat(settings.healthCheckNodePort()).isEqualTo(345);
    assertThat(
            ServiceTranslator.translate(
                    new ServiceRecord("ns", "np")
                        .type("NodePort")
                        .clusterIp("172.16.55.12")
                        .externalLocal(345)
                        .build())
                .healthCheckNodePort())
        .describedAs("of another type")
        .isZero();
  }

  @Test
  @DisplayName("55 56 a Service is there in the families of its ClusterIPs only")
  void families() {
    model.upsert(
        new ServiceRecord("ns", "six")
            .clusterIps(List.of("fd00::7"), List.of("IPv6"))
            .externalIps("192.0.2.1", "2001:db8::1")
            .sourceRanges("203.0.113.0/24", "2001:db8::/32")
            .ingress(
                new Service.LoadBalancerIngress("192.0.2.2", "", ""),
                new Service.LoadBalancerIngress("2001:db8::2", "", ""))
            .port("p80", "TCP", 80, 0)
            .build());
    publish();
    assertThat(verdicts("192.0.2.1", "192.0.2.2", "2001:db8::1", "fd00::7"))
        .containsExactly("NOT_OURS", "NOT_OURS", "REJECT", "REJECT");
    ServiceInfo info = info("six");
    assertThat(
            dev.fairway.service.PortRoutes.of(
                    info, info.ports().get(0), IpFamily.IPV6, new NodeTopology("node", ""))
                .sourceRanges())
        .hasToString("[2001:db8::/32]");
  }

  private List<String> verdicts(String... destinations) {
    ServiceTracer tracer =
        new ServiceTracer(new NodeTopology("node", ""), Set.of(), List.of(), Set.of());
    return Stream.of(destinations)
        .map(IpAddress::parse)
        .map(to -> tracer.trace(snapshot, to, to, 80, Protocol.TCP).verdict().toString())
        .toList();
  }

  @Test
  @DisplayName("58 an update of a headless Service gives a proxy nothing to do")
  void headlessUpdate() {
    model.upsert(new ServiceRecord("ns", "web").clusterIp("None").port("a", "TCP", 80, 0).build());
    publish();
    assertThat(info("web").isProxied()).isFalse();
    model.upsert(new ServiceRecord("ns", "web").clusterIp("None").port("a", "TCP", 80, 0).build());
    assertThat(model.hasPending()).isFalse();
  }

  @Test
  @DisplayName("59 60 four Services with eight ports; a port and three Services go")
  void addAndRemove() {
    model.upsert(
        new ServiceRecord("ns", "cluster")
            .clusterIp("172.16.55.4")
            .port("p1", "UDP", 1234, 4321)
            .port("p2", "UDP", 1235, 5321)
            .build());
    model.upsert(
        new ServiceRecord("ns", "node")
            .type("NodePort")
            .clusterIp("172.16.55.10")
            .port("p1", "UDP", 345, 678)
            .port("p2", "TCP", 344, 677)
            .build());
    model.upsert(balancer("lb").build());
    model.upsert(balancer("only-local").externalLocal(345).build());
    assertThat(publish())
        .containsExactlyInAnyOrder(name("cluster"), name("node"), name("lb"), name("only-local"));
    assertThat(portCount()).isEqualTo(8);
    assertThat(healthPorts()).hasToString("{ns/only-local=345}");
    model.upsert(
        new ServiceRecord("ns", "cluster")
            .clusterIp("172.16.55.4")
            .port("p2", "UDP", 1235, 5321)
            .build());
    Stream.of("node", "lb", "only-local").forEach(gone -> model.deleteService(name(gone)));
    assertThat(publish()).hasSize(4);
    assertThat(portCount()).isEqualTo(1);
    assertThat(healthPorts()).isEmpty();
  }

  private static ServiceRecord balancer(String name) {
    return new ServiceRecord("ns", name)
        .type("LoadBalancer")
        .clusterIp("172.16.55.11")
        .port("pa", "UDP", 8675, 30_061)
        .port("pb", "UDP", 8676, 30_062)
        .ingress(new Service.LoadBalancerIngress("10.1.2.4", "", ""));
  }

  private int portCount() {
    return snapshot.services().stream().mapToInt(info -> info.ports().size()).sum();
  }

  private TreeMap<ServiceName, Integer> healthPorts() {
    TreeMap<ServiceName, Integer> ports = new TreeMap<>();
    for (ServiceInfo info : snapshot.services()) {
      if (info.healthCheckNodePort() != 0) {
        ports.put(info.name(), info.healthCheckNodePort());
      }
    }
    return ports;
  }

  @Test
  @DisplayName("62 a Service that is added and deleted before a sync is never seen")
  void addedAndDeletedService() {
    model.upsert(balancer("lb").build());
    model.deleteService(name("lb"));
    assertThat(publish()).isEmpty();
  }

  @Test
  @DisplayName("65 leading zeros are decimal in endpoint addresses too")
  void badIps() {
    model.upsert(Records.service("ns", "web", "172.30.0.041"));
    model.upsert(slice("ns", "a", "web", "010.00.001.077", "10.0.1.256", "ten.example"));
    publish();
    assertThat(info("web").clusterIps()).hasToString("[172.30.0.41]");
    assertThat(info("web").endpoints("p80", Protocol.TCP)).hasToString("[10.0.1.77:80]");
  }

  @Test
  @DisplayName("95 a list that is delivered again changes what differs and nothing else")
  void relist() {
    List<EndpointSlice> slices =
        IntStream.range(0, 50)
            .mapToObj(i -> slice("ns", "s" + i, "svc-" + i, "10.0.1." + i))
            .toList();
    List<Service> services =
        IntStream.range(0, 50)
            .mapToObj(i -> Records.service("ns", "svc-" + i, "172.30.1." + i))
            .toList();
    replace(services, slices);
    assertThat(publish()).hasSize(50);
    ServiceInfo kept = info("svc-1");
    replace(services, slices);
    assertThat(publish()).isEmpty();
    List<EndpointSlice> changed = new ArrayList<>(slices);
    changed.set(7, slice("ns", "s7", "svc-7", "10.0.2.7"));
    replace(services.subList(0, 49), changed);
    assertThat(publish()).containsExactlyInAnyOrder(name("svc-7"), name("svc-49"));
    assertThat(info("svc-1")).isSameAs(kept);
  }

  private void replace(List<Service> services, List<EndpointSlice> slices) {
    model.replaceServices(services.stream().map(ServiceTranslator::translate).toList());
    model.replaceSlices(slices.stream().map(model::translate).toList());
  }

  private static ServiceModel.TranslatedCidr cidr(String name, String... ranges) {
    return ServiceModel.translate(
        new ServiceCidr(ObjectMeta.of("", name), new ServiceCidr.Spec(List.of(ranges))));
  }

  @Test
  @DisplayName("97 ServiceCIDRs: union of all objects, split by family, order does not matter")
  void serviceCidrs() {
    model.put(cidr("kubernetes", "fd00:10::/108", "10.96.0.0/16"));
    model.put(cidr("more", "10.97.0.0/16"));
    publish();
    assertThat(snapshot.serviceCidrs(IpFamily.IPV4)).hasToString("[10.96.0.0/16, 10.97.0.0/16]");
    assertThat(snapshot.serviceCidrs(IpFamily.IPV6)).hasToString("[fd00:10::/108]");
    long revision = snapshot.revision();
    model.replaceServiceCidrs(
        List.of(cidr("more", "10.97.0.0/16"), cidr("kubernetes", "10.96.0.0/16", "fd00:10::/108")));
    publish();
    assertThat(snapshot.revision()).describedAs("no change, no sync").isEqualTo(revision);
    model.put(cidr("third", "10.97.0.0/16"));
    model.removeServiceCidr("more");
    publish();
    assertThat(snapshot.revision()).describedAs("the same range by another").isEqualTo(revision);
    model.removeServiceCidr("third");
    publish();
    assertThat(snapshot.serviceCidrs()).hasToString("[10.96.0.0/16, fd00:10::/108]");
    assertThat(snapshot.revision()).isEqualTo(revision + 1);
  }

  @Test
  @DisplayName("79 97 an address of a ServiceCIDR that nobody has is dropped, also of a new one")
  void unallocated() {
    model.upsert(Records.service("ns", "web", "10.96.0.5"));
    publish();
    assertThat(verdicts("10.96.0.9")).containsExactly("NOT_OURS");
    model.replaceServiceCidrs(List.of(cidr("kubernetes", "10.96.0.0/16", "nonsense")));
    publish();
    assertThat(verdicts("10.96.0.9", "10.97.0.9", "10.96.0.5"))
        .containsExactly("DROP", "NOT_OURS", "REJECT");
    model.put(cidr("more", "10.97.0.0/16"));
    publish();
    assertThat(verdicts("10.97.0.9")).containsExactly("DROP");
  }
}
