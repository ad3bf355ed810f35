// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code kubectl} against one cluster: what a newcomer types, in the order of typing. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubectlIT {
  @TempDir static Path folder;
  private static TestCluster cluster;

  @BeforeAll
  static void up() {
    TestCluster.requireKubectl();
    cluster = TestCluster.up(folder.resolve("state"));
  }

  @AfterAll
  static void down() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static String example(String name) {
    return TestCluster.home().resolve("examples").resolve(name).toString();
  }

  @Test
  @Order(1)
  void apply_createsEveryObject_andASecondApplyChangesNothing() {
    assertThat(cluster.kubectl("apply", "-f", example("hello")))
        .contains("deployment.apps/hello created")
        .contains("service/hello created")
        .contains("service/hello-headless created")
        .contains("service/hello-external created")
        .contains("ingress.networking.k8s.io/hello created");
    assertThat(cluster.kubectl("apply", "-f", example("hello")))
        .contains("deployment.apps/hello unchanged")
        .contains("service/hello unchanged")
        .contains("ingress.networking.k8s.io/hello unchanged");
    assertThat(cluster.kubectl("rollout", "status", "deployment/hello", "--timeout=60s"))
        .contains("successfully rolled out");
  }

  @Test
  @Order(2)
  void get_printsTheTablesOfKubernetes() {
    String out = cluster.kubectl("get", "pods,svc,endpointslices,ingress", "-o", "wide");
    assertThat(out)
        .containsPattern("NAME +READY +STATUS +RESTARTS +AGE +IP +NODE")
        .containsPattern("pod/hello-[a-z0-9]+-[a-z0-9]+ +1/1 +Running +0 ")
        .containsPattern("NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\\(S\\) +AGE +SELECTOR")
        .containsPattern(
            "service/hello +LoadBalancer +127\\.\\S+ +127\\.112\\.\\S+,127\\.120\\.0\\.10 +8200:3\\d{4}/TCP")
        .containsPattern("service/hello-headless +ClusterIP +None ")
        .containsPattern(
            "service/hello-external +ExternalName +<none> +hello.default.svc.cluster.local")
        .containsPattern("endpointslice.discovery.k8s.io/hello-[a-z0-9]+ +IPv4 +8000 ")
        .containsPattern("NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE")
        .containsPattern(
            "ingress.networking.k8s.io/hello +fairway +hello.localhost +127.0.0.1 +80, 443");
    assertThat(cluster.kubectl("get", "svc", "hello", "-o", "jsonpath={.spec.ports[0].port}"))
        .isEqualTo("8200");
    assertThat(cluster.kubectl("get", "deploy", "-o", "name")).isEqualTo("deployment.apps/hello\n");
    assertThat(cluster.kubectl("get", "svc", "hello", "-o", "yaml"))
        .contains("sessionAffinity: None")
        .contains("externalTrafficPolicy: Cluster")
        .contains("allocateLoadBalancerNodePorts: true");
    assertThat(
            cluster
                .kubectl(
                    "get",
                    "pods",
                    "-A",
                    "-l",
                    "app=hello",
                    "--field-selector=status.phase=Running",
                    "--no-headers")
                .lines())
        .hasSize(3);
    assertThat(cluster.kubectl("get", "nodes")).containsPattern("node-1 +Ready ");
  }

  @Test
  @Order(3)
  void describe_showsServicePodsAndEvents() {
    assertThat(cluster.kubectl("describe", "svc", "hello"))
        .containsPattern("Type: +LoadBalancer")
        .containsPattern("Port: +http +8200/TCP")
        .containsPattern("Endpoints: +127\\.\\d+\\.\\d+\\.\\d+:8000,")
        .containsPattern("External IPs: +127.120.0.10");
    assertThat(cluster.kubectl("describe", "deploy", "hello")).contains("ScalingReplicaSet");
    assertThat(cluster.kubectl("describe", "pods", "-l", "app=hello")).contains("Scheduled");
    assertThat(cluster.kubectl("describe", "ingress", "hello")).contains("hello.localhost");
    assertThat(cluster.kubectl("describe", "node", "node-1")).contains("Ready");
  }

  @Test
  @Order(4)
  void logs_comeFromThePods() {
    String pod =
        cluster.kubectl(
            "get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[0].metadata.name}");
    assertThat(cluster.kubectl("logs", pod)).isNotBlank();
    assertThat(cluster.kubectl("logs", pod, "--tail=1").lines()).hasSize(1);
  }

  @Test
  @Order(5)
  void scaleAndDelete_replacePods() {
    assertThat(cluster.kubectl("scale", "deploy", "hello", "--replicas=5")).contains("scaled");
    cluster.eventually(
        () -> cluster.kubectl("get", "deploy", "hello", "-o", "jsonpath={.status.readyReplicas}"),
        "5"::equals);
    String before = cluster.kubectl("get", "pods", "-l", "app=hello", "-o", "name");
    assertThat(cluster.kubectl("delete", "pod", "-l", "app=hello", "--wait=false").lines())
        .hasSize(5);
    cluster.eventually(
        () -> cluster.kubectl("get", "pods", "-l", "app=hello", "-o", "name"),
        now -> now.lines().noneMatch(before::contains));
    cluster.eventually(
        () -> cluster.kubectl("get", "deploy", "hello", "-o", "jsonpath={.status.readyReplicas}"),
        "5"::equals);
    cluster.kubectl("scale", "deploy", "hello", "--replicas=2");
  }

  @Test
  @Order(6)
  void rollout_statusHistoryUndo() {
    cluster.kubectl("set", "env", "deploy/hello", "GREETING=second");
    assertThat(cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=60s"))
        .contains("successfully rolled out");
    assertThat(cluster.kubectl("rollout", "history", "deploy/hello"))
        .containsPattern("1 +<none>")
        .containsPattern("2 +<none>");
    assertThat(cluster.kubectl("rollout", "undo", "deploy/hello")).contains("rolled back");
    assertThat(cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=60s"))
        .contains("successfully rolled out");
    assertThat(
            cluster.kubectl(
                "get",
                "deploy",
                "hello",
                "-o",
                "jsonpath={.spec.template.spec.containers[0].env[*].name}"))
        .isEqualTo("PORT");
    assertThat(cluster.kubectl("rollout", "history", "deploy/hello"))
        .containsPattern("3 +<none>")
        .doesNotContainPattern("(?m)^1 ");
  }

  @Test
  @Order(7)
  void kustomize_andThePodExample() {
    assertThat(cluster.kubectl("apply", "-k", example("kustomize")))
        .contains("namespace/shop created")
        .contains("deployment.apps/shop-web created");
    cluster.kubectl("-n", "shop", "rollout", "status", "deploy/shop-web", "--timeout=60s");
    cluster.eventually(
        () -> TestCluster.get("127.0.0.1", cluster.httpPort(), "/", "shop.localhost"),
        answer -> answer.startsWith("200") && answer.contains("welcome to the shop"));
    cluster.kubectl("apply", "-f", example("pod"), "-f", example("canary"));
    cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=60s");
    String address = cluster.kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}");
    cluster.eventually(
        () -> TestCluster.get(address, 8300, "/", "web"), a -> a.contains("pod=web"));
    cluster.eventually(
        () -> TestCluster.get("127.0.0.1", cluster.httpPort(), "/", "canary.localhost"),
        a -> a.startsWith("200") && a.contains("canary"));
    assertThat(cluster.kubectl("delete", "-k", example("kustomize"), "--ignore-not-found"))
        .contains("namespace \"shop\" deleted");
    assertThat(cluster.kubectlRaw("get", "ns", "shop").text()).contains("NotFound");
  }

  @Test
  @Order(8)
  void badObjects_areRefusedWithTheFieldsPath_andNothingChanges() throws Exception {
    Path bad = folder.resolve("bad.yaml");
    Files.writeString(
        bad,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: bad}
        spec:
          type: NodePort
          selector: {app: x}
          ports:
            - {port: 80, nodePort: 99}
        """);
    assertThat(cluster.kubectlRaw("apply", "-f", bad.toString()).text())
        .contains(
            "The Service \"bad\" is invalid: spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. The range of valid ports is 30000-32767");
    assertThat(cluster.kubectlRaw("get", "svc", "bad").text()).contains("NotFound");
    Files.writeString(
        bad,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: bad}
        spec:
          selectr: {app: x}
          ports: [{port: 80}]
        """);
    TestCluster.Output unknown = cluster.kubectlRaw("apply", "-f", bad.toString());
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.text()).contains("strict decoding error: unknown field \"spec.selectr\"");
    Files.writeString(
        bad,
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec: {serviceName: db}
        """);
    assertThat(cluster.kubectlRaw("apply", "-f", bad.toString()).text())
        .contains("no matches for kind \"StatefulSet\" in version \"apps/v1\"");
    assertThat(cluster.kubectlRaw("get", "pod", "nope").text())
        .contains("Error from server (NotFound): pods \"nope\" not found");
    assertThat(cluster.kubectlRaw("create", "ns", "default").text())
        .contains("Error from server (AlreadyExists): namespaces \"default\" already exists");
  }

  @Test
  @Order(9)
  void anImageWithoutCommand_saysWhatWouldRunIt() {
    cluster.kubectl("run", "nginx", "--image=nginx");
    cluster.eventually(
        () -> cluster.kubectl("get", "pod", "nginx", "--no-headers"),
        line -> line.contains("ErrImagePull") || line.contains("ImagePullBackOff"));
    assertThat(cluster.kubectl("describe", "pod", "nginx")).contains("Failed").contains("command");
    assertThat(cluster.kubectl("delete", "pod", "nginx", "--timeout=30s")).contains("deleted");
  }

  @Test
  @Order(10)
  void aCommandPod_runsWithItsEnvironment_andItsLogsCanBeFollowed() {
    cluster.kubectl(
        "run",
        "once",
        "--image=busybox",
        "--restart=Never",
        "--env=WHO=world",
        "--command",
        "--",
        "sh",
        "-c",
        "echo hello $WHO from $POD_IP");
    cluster.eventually(
        () -> cluster.kubectl("get", "pod", "once", "-o", "jsonpath={.status.phase}"),
        "Succeeded"::equals);
    assertThat(cluster.kubectl("logs", "-f", "once")).startsWith("hello world from 127.");
  }
}
