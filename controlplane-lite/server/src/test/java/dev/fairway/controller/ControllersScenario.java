// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.controller.testing.Cluster;
import dev.fairway.controller.testing.FakeNode;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.Endpoints;
import dev.fairway.kube.api.Event;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.scheduler.Scheduler;
import dev.fairway.scheduler.SchedulerOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the controllers and the scheduler together do, with nodes in memory, on whatever API server
 * a subclass connects to.
 */
@NullUnmarked
abstract class ControllersScenario {
  private static final String DEPLOYMENT =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: default}
      spec:
        replicas: 3
        progressDeadlineSeconds: 600
        revisionHistoryLimit: 10
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers: [{name: c, image: one, ports: [{name: http, containerPort: 8080}]}]
      """;

  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: default, labels: {team: blue}}
      spec:
        clusterIP: 127.96.0.10
        clusterIPs: [127.96.0.10]
        ipFamilies: [IPv4]
        selector: {app: web}
        ports: [{name: http, port: 80, targetPort: http, protocol: TCP}]
      """;

  private static final String REVISION = "deployment.kubernetes.io/revision";

  private final InstantSource clock = InstantSource.system();
  private KubeClient client;
  private Cluster cluster;
  private List<FakeNode> nodes;
  private ControllerManager controllers;
  private Scheduler scheduler;

  /** A client of an API server that has no pods yet. */
  abstract KubeClient connect() throws Exception;

  /** Ends the API server. */
  abstract void disconnect() throws Exception;

  @BeforeEach
  void start() throws Exception {
    client = connect();
    cluster = new Cluster(client);
    nodes = List.of(new FakeNode(client, clock, "node-1"), new FakeNode(client, clock, "node-2"));
    controllers =
        new ControllerManager(
            client,
            ControllerOptions.defaults()
                .withNodeMonitorGracePeriod(Duration.ofSeconds(2))
                .withLoadBalancerPool(List.of("127.112.0.0/30")));
    scheduler =
        new Scheduler(
            client, SchedulerOptions.defaults(), controllers.informers(), controllers.events());
    controllers.start();
    scheduler.start();
    assertThat(controllers.awaitRunning(Duration.ofSeconds(20))).isTrue();
  }

  @AfterEach
  void stop() throws Exception {
    scheduler.close();
    controllers.close();
    disconnect();
  }

  @Test
  void eachNamespaceGetsItsDefaultServiceAccountAlsoAgain() throws Exception {
    var unused =
        cluster.apply(
            Resource.NAMESPACES, "{apiVersion: v1, kind: Namespace, metadata: {name: a}}");
    await("service account", () -> accounts("a").contains("default"), () -> "none");
    client.delete(Resource.SERVICE_ACCOUNTS, "a", "default", DeleteOptions.NONE);
    await("service account again", () -> accounts("a").contains("default"), () -> "none");
  }

  @Test
  void endpointsFollowThePodsOfAService() {
    var service = cluster.apply(Resource.SERVICES, SERVICE);
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("addresses", () -> addresses("web").size() == 3, this::picture);
    Endpoints endpoints =
        cluster.in("default", Resource.ENDPOINTS).stream()
            .filter(e -> e.metadata().name().equals(service.metadata().name()))
            .findFirst()
            .orElseThrow();
    assertThat(endpoints.metadata().labels())
        .containsEntry("endpoints.kubernetes.io/managed-by", "endpoint-controller")
        .containsEntry("team", "blue");
    assertThat(endpoints.subsets().getFirst().ports())
        .containsExactly(new Endpoints.Port("http", 8080, "TCP", null));
    assertThat(endpoints.subsets().getFirst().addresses())
        .allMatch(a -> a.targetRef() != null && a.targetRef().kind().equals("Pod"));
  }

  @Test
  void endpointsMadeByHandAreMirroredUntilTheyAreGone() throws Exception {
    var unusedService =
        cluster.apply(
            Resource.SERVICES,
            "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: default}, spec:"
                + " {clusterIP: 127.96.0.11, ports: [{port: 5432}]}}");
    var unused =
        cluster.apply(
            Resource.ENDPOINTS,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: db, namespace: default, labels:"
                + " {a: b}}, subsets: [{addresses: [{ip: 192.0.2.1}], notReadyAddresses: [{ip:"
                + " 192.0.2.2}], ports: [{port: 5432, protocol: TCP}]}]}");
    await("mirrored", () -> mirrored().size() == 1, this::picture);
    EndpointSlice slice = mirrored().getFirst();
    assertThat(slice.metadata().labels())
        .containsEntry("kubernetes.io/service-name", "db")
        .containsEntry("a", "b");
    assertThat(slice.endpoints())
        .extracting(e -> e.addresses().getFirst() + " " + e.isReady())
        .containsExactlyInAnyOrder("192.0.2.1 true", "192.0.2.2 false");
    client.delete(Resource.ENDPOINTS, "default", "db", DeleteOptions.NONE);
    await("mirror gone", () -> mirrored().isEmpty(), this::picture);
  }

  private List<EndpointSlice> mirrored() {
    return cluster.in("default", Resource.ENDPOINT_SLICES).stream()
        .filter(slice ->
            "endpointslicemirroring-controller.k8s.io"
                .equals(slice.metadata().labels().get("endpointslice.kubernetes.io/managed-by")))
        .toList();
  }

  private List<Endpoints.Address> addresses(String name) {
    return cluster.in("default", Resource.ENDPOINTS).stream()
        .filter(e -> e.metadata().name().equals(name))
        .flatMap(e -> e.subsets().stream())
        .flatMap(s -> s.addresses().stream())
        .toList();
  }

  private List<String> accounts(String namespace) {
    return cluster.in(namespace, Resource.SERVICE_ACCOUNTS).stream()
        .map(account -> account.metadata().name())
        .toList();
  }

  @Test
  void deploymentBecomesReadyPodsOnAllNodes() {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);

    await("complete", () -> isComplete("one", 3), this::picture);

    assertThat(pods("one")).extracting(p -> p.spec().nodeName()).contains("node-1", "node-2");
    Deployment deployment = deployment();
    assertThat(deployment.metadata().annotations())
        .containsEntry("deployment.kubernetes.io/revision", "1");
    assertThat(condition(deployment, "Available").reason()).isEqualTo("MinimumReplicasAvailable");
    Condition progressing = condition(deployment, "Progressing");
    assertThat(progressing.reason()).isEqualTo("NewReplicaSetAvailable");
    ReplicaSet set = cluster.all(Resource.REPLICA_SETS).getFirst();
    assertThat(progressing.message())
        .isEqualTo("ReplicaSet \"" + set.metadata().name() + "\" has successfully progressed.");
    assertThat(set.metadata().annotations())
        .containsEntry("deployment.kubernetes.io/desired-replicas", "3")
        .containsEntry("deployment.kubernetes.io/max-replicas", "4");
    await(
        "events",
        () ->
            messages().contains("Scaled up replica set " + set.metadata().name() + " from 0 to 3"),
        () -> messages().toString());
    await(
        "events of pods",
        () -> messages().stream().anyMatch(m -> m.startsWith("Successfully assigned default/web-")),
        () -> messages().toString());
  }

  @Test
  void newTemplateRollsOutAndUndoRollsBackToTheFirstReplicaSet() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);

    setImage("two");
    await("second", () -> isComplete("two", 3), this::picture);
    assertThat(cluster.all(Resource.REPLICA_SETS)).hasSize(2);
    await("revision", () -> revision().equals("2"), this::picture);

    setImage("one"); // what `kubectl rollout undo` patches
    await("back", () -> isComplete("one", 3), this::picture);
    assertThat(cluster.all(Resource.REPLICA_SETS)).hasSize(2);
    await("revision", () -> revision().equals("3"), this::picture);
  }

  @Test
  void recreateStopsAllOldPodsFirst() throws Exception {
    var unused =
        cluster.apply(
            Resource.DEPLOYMENTS,
            DEPLOYMENT.replace("replicas: 3", "replicas: 3\n  strategy: {type: Recreate}"));
    await("first", () -> isComplete("one", 3), this::picture);

    setImage("two");
    await(
        "second",
        () -> {
          assertThat(pods("one").isEmpty() || pods("two").isEmpty()).isTrue();
          return isComplete("two", 3);
        },
        this::picture);
  }

  @Test
  void pausedDeploymentIsScaledButNotRolledOut() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);
    patchDeployment("{\"spec\":{\"paused\":true}}");
    await(
        "paused",
        () -> condition(deployment(), "Progressing").reason().equals("DeploymentPaused"),
        this::picture);

    setImage("two");
    patchDeployment("{\"spec\":{\"replicas\":5}}");
    await("scaled", () -> pods("one").size() == 5, this::picture);
    assertThat(pods("two")).isEmpty();

    patchDeployment("{\"spec\":{\"paused\":false}}");
    await("resumed", () -> isComplete("two", 5), this::picture);
  }

  @Test
  void podsThatAreDeletedComeBack() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);
    Pod victim = pods("one").getFirst();

    client.delete(Resource.PODS, "default", victim.metadata().name(), DeleteOptions.NONE);

    await(
        "replaced",
        () ->
            isComplete("one", 3)
                && pods("one").stream()
                    .noneMatch(p -> p.metadata().uid().equals(victim.metadata().uid())),
        this::picture);
  }

  @Test
  void slicesFollowThePodsOfAService() throws Exception {
    var unusedDeployment = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    var unusedService = cluster.apply(Resource.SERVICES, SERVICE);
    await("published", () -> readyAddresses().size() == 3, this::picture);

    EndpointSlice slice = slices().getFirst();
    assertThat(slice.metadata().labels())
        .containsOnly(
            java.util.Map.entry("kubernetes.io/service-name", "web"),
            java.util.Map.entry(
                "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"),
            java.util.Map.entry("team", "blue"));
    assertThat(slice.metadata().annotations())
        .containsKey("endpoints.kubernetes.io/last-change-trigger-time");
    assertThat(slice.ports()).containsExactly(new EndpointSlice.Port("http", "TCP", 8080, null));
    assertThat(slice.endpoints())
        .allSatisfy(e -> assertThat(e.zone()).isEqualTo("zone-" + e.nodeName()));

    Pod pod = pods("one").getFirst();
    nodes.getFirst().setReady(pod, false, pod.status().podIP());
    await("not ready", () -> readyAddresses().size() == 2, this::picture);

    client.delete(Resource.SERVICES, "default", "web", DeleteOptions.NONE);
    await("gone", () -> slices().isEmpty(), this::picture);
  }

  @Test
  void handMadeSlicesOfAServiceWithoutSelectorAreLeftAlone() {
    var unusedService =
        cluster.apply(Resource.SERVICES, SERVICE.replace("selector: {app: web}", "selector: {}"));
    EndpointSlice made =
        cluster.apply(
            Resource.ENDPOINT_SLICES,
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: hand, namespace: default, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, port: 1, protocol: TCP}]
            endpoints: [{addresses: [127.0.0.9]}]
            """);
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("pods", () -> isComplete("one", 3), this::picture);

    assertThat(slices()).containsExactly(made);
  }

  @Test
  void podThatFitsNowhereSaysWhyAndIsPlacedWhenANodeAppears() {
    var unused =
        cluster.apply(
            Resource.PODS,
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: big, namespace: default}
            spec:
              nodeSelector: {topology.kubernetes.io/zone: zone-node-3}
              containers: [{name: c, image: one}]
            """);
    String message =
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
    await(
        "condition",
        () ->
            cluster.all(Resource.PODS).getFirst().status().conditions().stream()
                .anyMatch(c -> c.reason().equals("Unschedulable") && c.message().equals(message)),
        this::picture);
    await("event", () -> messages().contains(message), () -> messages().toString());

    FakeNode third = new FakeNode(client, clock, "node-3");
    third.sync();

    await(
        "bound",
        () -> cluster.all(Resource.PODS).getFirst().spec().nodeName().equals("node-3"),
        this::picture);
  }

  @Test
  void deletingADeploymentTakesItsReplicaSetsAndPodsAlong() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);

    client.delete(
        Resource.DEPLOYMENTS, "default", "web", DeleteOptions.NONE.withPropagation("Background"));

    await(
        "gone",
        () -> cluster.all(Resource.REPLICA_SETS).isEmpty() && cluster.all(Resource.PODS).isEmpty(),
        this::picture);
  }

  @Test
  void foregroundDeletionKeepsTheOwnerUntilItsDependentsAreGone() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);

    client.delete(
        Resource.DEPLOYMENTS, "default", "web", DeleteOptions.NONE.withPropagation("Foreground"));

    await(
        "gone",
        () -> {
          // Looked at in this order: an owner that is gone must not leave a ReplicaSet behind.
          boolean owner = !cluster.all(Resource.DEPLOYMENTS).isEmpty();
          boolean dependents = !cluster.all(Resource.REPLICA_SETS).isEmpty();
          assertThat(owner || !dependents).isTrue();
          return !owner && cluster.all(Resource.PODS).isEmpty();
        },
        this::picture);
  }

  @Test
  void orphaningLeavesTheReplicaSetBehind() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    await("first", () -> isComplete("one", 3), this::picture);

    client.delete(
        Resource.DEPLOYMENTS, "default", "web", DeleteOptions.NONE.withPropagation("Orphan"));

    await("owner gone", () -> cluster.all(Resource.DEPLOYMENTS).isEmpty(), this::picture);
    ReplicaSet left = cluster.all(Resource.REPLICA_SETS).getFirst();
    assertThat(left.metadata().ownerReferences()).isEmpty();
    assertThat(cluster.all(Resource.PODS)).hasSize(3);
  }

  @Test
  void podsOfADeadNodeRunElsewhereAndTheNodeComesBackUntainted() throws Exception {
    var unused = cluster.apply(Resource.DEPLOYMENTS, DEPLOYMENT);
    var unusedService = cluster.apply(Resource.SERVICES, SERVICE);
    await("first", () -> isComplete("one", 3) && readyAddresses().size() == 3, this::picture);
    FakeNode dead = nodes.get(1);

    dead.setAlive(false);

    await(
        "moved",
        () ->
            isComplete("one", 3)
                && pods("one").stream().allMatch(p -> p.spec().nodeName().equals("node-1"))
                && readyAddresses().size() == 3,
        this::picture);
    Node node = node("node-2");
    assertThat(node.status().conditions().getFirst().reason()).isEqualTo("NodeStatusUnknown");
    assertThat(node.spec().taints())
        .extracting(t -> t.key() + ":" + t.effect())
        .containsExactly(
            "node.kubernetes.io/unreachable:NoSchedule",
            "node.kubernetes.io/unreachable:NoExecute");

    dead.setAlive(true);

    await(
        "back",
        () -> node("node-2").isReady() && node("node-2").spec().taints().isEmpty(),
        () -> node("node-2").toString());
  }

  @Test
  void loadBalancersGetAddressesOfThePoolUntilItIsEmpty() throws Exception {
    String service = SERVICE.replace("clusterIP: 127.96.0.10", "type: LoadBalancer");
    String[] names = {"one", "two", "three"};
    for (int i = 0; i < names.length; i++) {
      var unused =
          cluster.apply(
              Resource.SERVICES,
              service
                  .replace("name: web, n", "name: " + names[i] + ", n")
                  .replace("clusterIPs: [127.96.0.10]", "clusterIP: 127.96.0." + (20 + i)));
      int expected = Math.min(i + 1, 2);
      await("addresses", () -> ingressAddresses().size() == expected, this::picture);
    }
    assertThat(ingressAddresses()).containsExactlyInAnyOrder("127.112.0.1", "127.112.0.2");
    await(
        "event",
        () -> messages().contains("The load balancer pool has no free IPv4 address"),
        () -> messages().toString());

    client.delete(Resource.SERVICES, "default", "one", DeleteOptions.NONE);

    await("released", () -> ingressAddresses().size() == 2, this::picture);
  }

  @Test
  void deletedNamespaceIsEmptiedAndGoes() throws Exception {
    var unusedNamespace =
        cluster.apply(
            Resource.NAMESPACES,
            "{apiVersion: v1, kind: Namespace, metadata: {name: team},"
                + " spec: {finalizers: [kubernetes]}}");
    var unusedService =
        cluster.apply(Resource.SERVICES, SERVICE.replace("namespace: default", "namespace: team"));
    var unused =
        cluster.apply(
            Resource.DEPLOYMENTS, DEPLOYMENT.replace("namespace: default", "namespace: team"));
    await("first", () -> isComplete("one", 3), this::picture);

    client.delete(Resource.NAMESPACES, "", "team", DeleteOptions.NONE);

    await(
        "gone",
        () ->
            cluster.all(Resource.NAMESPACES).stream()
                .noneMatch(n -> n.metadata().name().equals("team")),
        this::picture);
    assertThat(cluster.in("team", Resource.PODS)).isEmpty();
    assertThat(cluster.in("team", Resource.SERVICES)).isEmpty();
    assertThat(cluster.in("team", Resource.REPLICA_SETS)).isEmpty();
  }

  private List<String> ingressAddresses() {
    return cluster.all(Resource.SERVICES).stream()
        .flatMap(s -> s.status().ingress().stream())
        .map(i -> i.ip())
        .toList();
  }

  private Node node(String name) {
    return cluster.all(Resource.NODES).stream()
        .filter(n -> n.metadata().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<EndpointSlice> slices() {
    return cluster.all(Resource.ENDPOINT_SLICES).stream()
        .filter(s -> "web".equals(s.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL)))
        .toList();
  }

  private void await(String what, BooleanSupplier condition, Supplier<String> picture) {
    Await.until(
        what,
        () -> {
          nodes.forEach(FakeNode::sync);
          return condition.getAsBoolean();
        },
        picture);
  }

  private boolean isComplete(String image, int replicas) {
    Deployment.Status status = deployment().status();
    return pods(image).size() == replicas
        && cluster.all(Resource.PODS).size() == replicas
        && status.observedGeneration() == deployment().metadata().generation()
        && status.replicas() == replicas
        && status.updatedReplicas() == replicas
        && status.availableReplicas() == replicas
        && status.conditions().stream().anyMatch(c -> c.reason().equals("NewReplicaSetAvailable"));
  }

  private List<Pod> pods(String image) {
    return cluster.all(Resource.PODS).stream()
        .filter(p -> p.spec().containers().getFirst().image().equals(image))
        .toList();
  }

  private List<String> readyAddresses() {
    return slices().stream()
        .flatMap(s -> s.endpoints().stream())
        .filter(EndpointSlice.Endpoint::isReady)
        .map(e -> e.addresses().getFirst())
        .toList();
  }

  private Deployment deployment() {
    return cluster.all(Resource.DEPLOYMENTS).getFirst();
  }

  private String revision() {
    return deployment().metadata().annotations().getOrDefault(REVISION, "");
  }

  private static Condition condition(Deployment deployment, String type) {
    return deployment.status().conditions().stream()
        .filter(c -> c.type().equals(type))
        .findFirst()
        .orElse(new Condition(type, "", "", "", null, null, null, null));
  }

  private void setImage(String image) throws Exception {
    patchDeployment(
        """
        {"spec":{"template":{"spec":{"containers":[
          {"name":"c","image":"%s","ports":[{"name":"http","containerPort":8080}]}]}}}}
        """
            .formatted(image));
  }

  private void patchDeployment(String json) throws Exception {
    var unused =
        client.patch(
            Resource.DEPLOYMENTS,
            "default",
            "web",
            null,
            PatchType.MERGE,
            KubeCodec.json().readTree(json));
  }

  private List<String> messages() {
    return cluster.all(Resource.EVENTS).stream().map(Event::message).toList();
  }

  private String picture() {
    return cluster.all(Resource.DEPLOYMENTS)
        + "\n"
        + cluster.all(Resource.REPLICA_SETS)
        + "\n"
        + cluster.all(Resource.PODS)
        + "\n"
        + slices();
  }
}
