// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.codec.KubeCodec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceEndpointsTest {
  private static final String POD =
      """
      metadata: {name: web-0, namespace: ns, uid: u0}
      spec:
        nodeName: node-1
        containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]
      status:
        phase: Running
        podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]
        conditions: [{type: Ready, status: 'True'}]
      """;
  private static final String SERVICE =
      """
      metadata: {name: web, namespace: ns}
      spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
      """;
  private static final String NODE =
      """
      metadata: {name: node-1, labels: {topology.kubernetes.io/zone: a}}
      status: {conditions: [{type: Ready, status: 'True'}]}
      """;

  @ParameterizedTest(
      name = "pod ready {0}, node {1}, terminating {2}, publishNotReady {3} -> {4} {5} {6}")
  @CsvSource({
    // pod,  node,    terminating, publish, ready, serving, terminating
    "True,  True,    false, false, true,  true,  false",
    "False, True,    false, false, false, false, false",
    "True,  True,    true,  false, false, true,  true",
    "False, True,    true,  false, false, false, true",
    "False, True,    false, true,  true,  false, false",
    "True,  True,    true,  true,  true,  true,  true",
    "True,  False,   false, false, false, false, false",
    "True,  Unknown, false, false, false, false, false",
  })
  void conditionsFollowPodNodeAndService(
      String pod,
      String node,
      boolean terminating,
      boolean publish,
      boolean expectedReady,
      boolean expectedServing,
      boolean expectedTerminating) {
    String podYaml = POD.replace("status: 'True'", "status: '" + pod + "'");
    if (terminating) {
      podYaml = podYaml.replace("uid: u0", "uid: u0, deletionTimestamp: '2026-11-20T10:00:00Z'");
    }
    Service service =
        service(SERVICE.replace("spec: {", "spec: {publishNotReadyAddresses: " + publish + ", "));
    Node onNode = node(NODE.replace("status: 'True'", "status: '" + node + "'"));

    Endpoint endpoint = single(service, pod(podYaml), onNode, "IPv4");

    assertThat(endpoint.conditions())
        .isEqualTo(
            new EndpointSlice.Conditions(expectedReady, expectedServing, expectedTerminating));
  }

  @Test
  void endpointSaysWhereItIsAndWhoItIs() {
    Endpoint endpoint = single(service(SERVICE), pod(POD), node(NODE), "IPv4");

    assertThat(endpoint.addresses()).containsExactly("10.0.0.1");
    assertThat(endpoint.nodeName()).isEqualTo("node-1");
    assertThat(endpoint.zone()).isEqualTo("a");
    assertThat(endpoint.hostname()).isNull();
    assertThat(endpoint.hints()).isNull();
    assertThat(endpoint.targetRef())
        .extracting("kind", "namespace", "name", "uid")
        .containsExactly("Pod", "ns", "web-0", "u0");
    assertThat(single(service(SERVICE), pod(POD), node(NODE), "IPv6").addresses())
        .containsExactly("fd00::1");
  }

  @ParameterizedTest(name = "hostname {0}, subdomain {1} -> {2}")
  @CsvSource({"h, web, h", "h, other, ", "'', web, ", "h, '', "})
  void hostnameNeedsTheServiceAsSubdomain(String hostname, String subdomain, String expected) {
    Pod pod =
        pod(
            POD.replace(
                "nodeName: node-1",
                "nodeName: node-1\n  hostname: '"
                    + hostname
                    + "'\n  subdomain: '"
                    + subdomain
                    + "'"));

    assertThat(single(service(SERVICE), pod, node(NODE), "IPv4").hostname()).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} -> zones {1}, nodes {2}")
  @CsvSource({
    "PreferClose, a, ",
    "PreferSameZone, a, ",
    "PreferSameNode, a, node-1",
    "'', , ",
    "SomethingNew, , ",
  })
  void trafficDistributionBecomesHints(String distribution, String zone, String nodeName) {
    Service service =
        service(SERVICE.replace("spec: {", "spec: {trafficDistribution: '" + distribution + "', "));

    EndpointSlice.Hints hints = single(service, pod(POD), node(NODE), "IPv4").hints();

    if (zone == null || hints == null) {
      assertThat(hints).isNull();
      assertThat(zone).isNull();
    } else {
      assertThat(hints.forZones()).containsExactly(new EndpointSlice.ForZone(zone));
      assertThat(hints.forNodes())
          .isEqualTo(nodeName == null ? List.of() : List.of(new EndpointSlice.ForNode(nodeName)));
    }
  }

  @Test
  void namedPortsThatResolveDifferentlyAreDifferentGroups() {
    Pod other =
        pod(
            POD.replace("web-0", "web-1")
                .replace("u0", "u1")
                .replace("8080", "9090")
                .replace("10.0.0.1", "10.0.0.2"));

    Map<List<EndpointSlice.Port>, List<Endpoint>> groups =
        groups(service(SERVICE), List.of(pod(POD), other), node(NODE));

    assertThat(groups.keySet())
        .containsExactlyInAnyOrder(
            List.of(new EndpointSlice.Port("http", "TCP", 8080, null)),
            List.of(new EndpointSlice.Port("http", "TCP", 9090, null)));
  }

  @ParameterizedTest(name = "targetPort {0} -> {1}")
  @CsvSource({"http, 8080", "8081, 8081", "0, 80", "missing, "})
  void targetPortsAreResolvedPerPod(String target, Integer expected) {
    Service service = service(SERVICE.replace("targetPort: http", "targetPort: " + target));

    assertThat(ServiceEndpoints.ports(service, pod(POD)))
        .isEqualTo(
            expected == null
                ? List.of()
                : List.of(new EndpointSlice.Port("http", "TCP", expected, null)));
  }

  @Test
  void headlessServiceWithoutPortsStillHasEndpoints() {
    Service service =
        service("{metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}}}");

    assertThat(groups(service, List.of(pod(POD)), node(NODE)))
        .containsOnlyKeys(List.<EndpointSlice.Port>of());
  }

  @Test
  void finishedPodsAndPodsWithoutAddressAreLeftOut() {
    Pod finished = pod(POD.replace("Running", "Succeeded"));
    Pod bare = pod("{metadata: {name: p}, spec: {}, status: {phase: Pending}}");

    assertThat(groups(service(SERVICE), List.of(finished, bare), node(NODE))).isEmpty();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ipFamilies: [IPv6, IPv4]              | IPv6,IPv4",
        "clusterIP: None                       | IPv4",
        "clusterIP: 'fd00::1'                  | IPv6",
        "clusterIPs: [127.96.0.1, 'fd00::1']   | IPv4,IPv6",
      })
  void addressTypesFollowTheFamiliesOfTheService(String spec, String expected) {
    Service service = service("{metadata: {name: web}, spec: {" + spec + "}}");

    assertThat(ServiceEndpoints.addressTypes(service)).containsExactly(expected.split(","));
  }

  private static Endpoint single(Service service, Pod pod, Node node, String type) {
    return ServiceEndpoints.byPorts(service, type, List.of(pod), n -> node)
        .values()
        .iterator()
        .next()
        .getFirst();
  }

  private static Map<List<EndpointSlice.Port>, List<Endpoint>> groups(
      Service service, List<Pod> pods, Node node) {
    return ServiceEndpoints.byPorts(service, "IPv4", pods, n -> node);
  }

  private static Pod pod(String yaml) {
    return decode(Resource.PODS, yaml);
  }

  private static Node node(String yaml) {
    return decode(Resource.NODES, yaml);
  }

  private static Service service(String yaml) {
    return decode(Resource.SERVICES, yaml);
  }

  private static <T extends KubeObject> T decode(Resource<T> resource, String yaml) {
    return KubeCodec.decode(resource, KubeCodec.yamlDocuments(yaml).getFirst());
  }
}
