// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "not ready | spec: {} | False | {} | 0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
        "cordoned | spec: {unschedulable: true} | True | {} | 0/1 nodes are available: 1 node(s) were unschedulable.",
        "taint | spec: {taints: [{key: k, value: v, effect: NoSchedule}]} | True | {} | 0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.",
        "wrong toleration | spec: {taints: [{key: k, value: v, effect: NoExecute}]} | True | {tolerations: [{key: k, value: w, effect: NoExecute}]} | 0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.",
        "selector | spec: {} | True | {nodeSelector: {disk: ssd}} | 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
        "cpu | spec: {} | True | {containers: [{name: c, resources: {requests: {cpu: 2001m}}}]} | 0/1 nodes are available: 1 Insufficient cpu.",
        "cpu and memory | spec: {} | True | {containers: [{name: c, resources: {requests: {cpu: '3', memory: 2Gi}}}]} | 0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.",
        "limit counts as request | spec: {} | True | {containers: [{name: c, resources: {limits: {memory: 1025Mi}}}]} | 0/1 nodes are available: 1 Insufficient memory.",
        "init container | spec: {} | True | {initContainers: [{name: c, resources: {requests: {cpu: 2500m}}}]} | 0/1 nodes are available: 1 Insufficient cpu.",
      })
  void nodeThatDoesNotFitIsNamedInKubernetesWords(
      String name, String node, String ready, String podSpec, String message) {
    assertThat(Placement.choose(pod("p", podSpec), List.of(state(node("n1", node, ready)))))
        .as(name)
        .isEqualTo(new Placement.NoNode(message));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "plain | spec: {} | {}",
        "tolerated | spec: {taints: [{key: k, value: v, effect: NoSchedule}]} | {tolerations: [{key: k, operator: Exists}]}",
        "tolerates everything | spec: {unschedulable: true} | {tolerations: [{operator: Exists}]}",
        "selector | spec: {} | {nodeSelector: {zone: a}}",
        "exactly fits | spec: {} | {containers: [{name: c, resources: {requests: {cpu: '2', memory: 1Gi}}}]}",
        "only preferred away | spec: {taints: [{key: k, effect: PreferNoSchedule}]} | {}",
      })
  void nodeThatFitsIsTaken(String name, String node, String podSpec) {
    assertThat(Placement.choose(pod("p", podSpec), List.of(state(node("n1", node, "True")))))
        .as(name)
        .isEqualTo(new Placement.Bind("n1"));
  }

  @Test
  void reasonsOfAllNodesAreCounted() {
    List<NodeState> nodes =
        List.of(
            state(node("n1", "spec: {unschedulable: true}", "True")),
            state(node("n2", "spec: {unschedulable: true}", "True")),
            state(node("n3", "spec: {}", "True")));

    assertThat(
            Placement.choose(
                pod("p", "{containers: [{name: c, resources: {requests: {cpu: '9'}}}]}"), nodes))
        .isEqualTo(
            new Placement.NoNode(
                "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable."));
  }

  @Test
  void clusterWithoutNodesSaysSo() {
    assertThat(Placement.choose(pod("p", "{}"), List.of()))
        .isEqualTo(new Placement.NoNode("no nodes available to schedule pods"));
  }

  @Test
  void fullNodeTakesNoMorePods() {
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < 110; i++) {
      pods.add(pod("p" + i, "{}"));
    }
    NodeState full = new NodeState(node("n1", "spec: {}", "True"), pods);

    assertThat(Placement.choose(pod("p", "{}"), List.of(full)))
        .isEqualTo(new Placement.NoNode("0/1 nodes are available: 1 Too many pods."));
  }

  @Test
  void hostPortsAreTakenOncePerNode() {
    Pod web = pod("w", "{containers: [{name: c, ports: [{containerPort: 80, hostPort: 80}]}]}");
    NodeState busy = new NodeState(node("n1", "spec: {}", "True"), List.of(web));

    assertThat(Placement.choose(web, List.of(busy, state(node("n2", "spec: {}", "True")))))
        .isEqualTo(new Placement.Bind("n2"));
    assertThat(Placement.choose(web, List.of(busy)))
        .isEqualTo(
            new Placement.NoNode(
                "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod"
                    + " ports."));
  }

  @Test
  void podsOfOneOwnerAreSpreadBeforeNodesAreBalanced() {
    String owner = "ownerReferences: [{uid: rs, name: rs, kind: ReplicaSet, controller: true}]";
    Pod sibling =
        decode(Resource.PODS, "{spec: {}, metadata: {name: s, namespace: ns, " + owner + "}}");
    Pod next =
        decode(Resource.PODS, "{spec: {}, metadata: {name: t, namespace: ns, " + owner + "}}");
    NodeState withSibling = new NodeState(node("n1", "spec: {}", "True"), List.of(sibling));
    NodeState busier =
        new NodeState(node("n2", "spec: {}", "True"), List.of(pod("x", "{}"), pod("y", "{}")));

    assertThat(Placement.choose(next, List.of(withSibling, busier)))
        .isEqualTo(new Placement.Bind("n2"));
    assertThat(Placement.choose(pod("other", "{}"), List.of(withSibling, busier)))
        .isEqualTo(new Placement.Bind("n1"));
  }

  @ParameterizedTest(name = "{0} -> {1} units, {2} thousandths")
  @CsvSource({
    "1, 1, 1000",
    "100m, 1, 100",
    "0.5, 1, 500",
    "128Mi, 134217728, 134217728000",
    "1k, 1000, 1000000",
    "1e3, 1000, 1000000",
    "2G, 2000000000, 2000000000000",
    "1n, 1, 1",
    "'', 0, 0",
    "broken, 0, 0",
    "99999999999E, 9223372036854775807, 9223372036854775807",
  })
  void quantities(String text, long units, long milli) {
    assertThat(Quantity.units(text)).isEqualTo(units);
    assertThat(Quantity.milli(text)).isEqualTo(milli);
  }

  private static NodeState state(Node node) {
    return new NodeState(node, List.of());
  }

  private static Node node(String name, String spec, String ready) {
    return decode(
        Resource.NODES,
        "metadata: {name: "
            + name
            + ", labels: {zone: a}}\n"
            + spec
            + "\nstatus: {allocatable: {cpu: '2', memory: 1Gi, pods: '110'},"
            + " conditions: [{type: Ready, status: '"
            + ready
            + "'}]}");
  }

  private static Pod pod(String name, String spec) {
    return decode(Resource.PODS, "metadata: {name: " + name + ", namespace: ns}\nspec: " + spec);
  }

  private static <T extends KubeObject> T decode(Resource<T> resource, String yaml) {
    return KubeCodec.decode(resource, KubeCodec.yamlDocuments(yaml).getFirst());
  }
}
