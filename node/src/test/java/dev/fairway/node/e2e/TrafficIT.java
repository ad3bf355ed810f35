// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffic while the cluster changes: nothing is lost; after a crash everything is there again. */
class TrafficIT {
  @TempDir Path folder;

  @Test
  void rollingRestartAndScaling_loseNoRequest() throws Exception {
    TestCluster.requireKubectl();
    try (TestCluster cluster = TestCluster.up(folder.resolve("state"))) {
      cluster.kubectl("apply", "-f", TestCluster.home().resolve("examples/hello").toString());
      cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=60s");
      String clusterIp = cluster.kubectl("get", "svc", "hello", "-o", "jsonpath={.spec.clusterIP}");
      int http = cluster.httpPort();
      cluster.eventually(
          () -> TestCluster.get("127.0.0.1", http, "/", "hello.localhost"),
          a -> a.startsWith("200"));

      try (Load service = Load.start(clusterIp, 8200, "hello", false, 100);
          Load serviceKeepAlive = Load.start(clusterIp, 8200, "hello", true, 100);
          Load ingress = Load.start("127.0.0.1", http, "hello.localhost", true, 100);
          Load ingressNew = Load.start("127.0.0.1", http, "hello.localhost", false, 100)) {
        cluster.kubectl("rollout", "restart", "deploy/hello");
        cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=90s");
        for (int replicas : new int[] {1, 5}) {
          cluster.kubectl("scale", "deploy", "hello", "--replicas=" + replicas);
          cluster.eventually(
              () -> cluster.kubectl("get", "pods", "-l", "app=hello", "--no-headers"),
              pods ->
                  pods.lines().count() == replicas
                      && pods.lines().allMatch(p -> p.contains("1/1")));
        }
        List<String> lost = new ArrayList<>();
        for (Load load : List.of(service, serviceKeepAlive, ingress, ingressNew)) {
          lost.addAll(load.stop());
          assertThat(load.answered()).isPositive();
        }
        assertThat(lost).isEmpty();
      }
    }
  }

  @Test
  void afterKillOfTheClusterProcess_upBringsEverythingBack() throws Exception {
    TestCluster.requireKubectl();
    try (TestCluster cluster = TestCluster.up(folder.resolve("state"))) {
      cluster.kubectl("apply", "-f", TestCluster.home().resolve("examples/hello").toString());
      cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=60s");
      cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b");
      String address = cluster.kubectl("get", "svc", "hello", "-o", "jsonpath={.spec.clusterIP}");

      ProcessHandle process = ProcessHandle.of(cluster.status().get("pid").asLong()).orElseThrow();
      process.destroyForcibly();
      process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);

      cluster.start();
      assertThat(cluster.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}"))
          .isEqualTo("b");
      assertThat(cluster.kubectl("get", "svc", "hello", "-o", "jsonpath={.spec.clusterIP}"))
          .isEqualTo(address);
      cluster.eventually(
          () -> cluster.kubectl("get", "deploy", "hello", "-o", "jsonpath={.status.readyReplicas}"),
          "3"::equals);
      cluster.eventually(
          () -> TestCluster.get(address, 8200, "/", "hello"), a -> a.startsWith("200"));
    }
  }

  @Test
  void aStoppedNode_losesItsPodsToTheOthers() throws Exception {
    TestCluster.requireKubectl();
    try (TestCluster cluster =
        TestCluster.up(
            folder.resolve("state"), "--nodes", "3", "--node-monitor-grace-period", "4s")) {
      cluster.kubectl("apply", "-f", TestCluster.home().resolve("examples/hello").toString());
      cluster.kubectl("scale", "deploy", "hello", "--replicas=6");
      cluster.kubectl("rollout", "status", "deploy/hello", "--timeout=90s");
      assertThat(
              cluster.kubectl(
                  "get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[*].spec.nodeName}"))
          .contains("node-1", "node-2", "node-3");

      long pid = 0;
      for (var node : cluster.status().get("nodes")) {
        if (node.get("name").asString().equals("node-3")) {
          pid = node.get("pid").asLong();
        }
      }
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();

      cluster.eventually(
          Duration.ofSeconds(60),
          () ->
              cluster.kubectl(
                  "get",
                  "endpointslices",
                  "-l",
                  "kubernetes.io/service-name=hello",
                  "-o",
                  "jsonpath={range .items[*].endpoints[?(@.conditions.ready==true)]}{.nodeName}{\"\\n\"}{end}"),
          nodes -> nodes.lines().count() == 6 && !nodes.contains("node-3"));
      assertThat(cluster.kubectl("get", "nodes")).containsPattern("node-3 +NotReady ");
    }
  }
}
