// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code fairway node} in kube-proxy's place on both nodes of a real cluster, with kube-proxy's
 * kubeconfig. Takes a minute and root, so it runs only where {@code FAIRWAY_REALK8S} names the
 * folder with the cluster's scripts.
 */
@Tag("root")
@Tag("realk8s")
class RealClusterIT {
  private static final int BOUND_SECONDS = 240;

  @TempDir static Path work;
  private static String scripts = "";
  private static String pod = "";
  private static String clusterIp = "";
  private static boolean started;

  @BeforeAll
  static void start() throws Exception {
    scripts = Objects.requireNonNullElse(System.getenv("FAIRWAY_REALK8S"), "");
    if (scripts.isEmpty()
        || !Files.isExecutable(Path.of(scripts, "up.sh"))
        || !System.getProperty("user.name").equals("root")) {
      String reason =
          "skipped: needs root and FAIRWAY_REALK8S, the folder with up.sh of a real cluster";
      System.out.println(reason);
      abort(reason);
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path command =
        Files.writeString(
            work.resolve("proxy.sh"),
            "exec "
                + java
                + " -XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED"
                + " --sun-misc-unsafe-memory-access=allow -cp '"
                + System.getProperty("java.class.path")
                + "' dev.fairway.node.Main node --proxy-mode userspace --kubeconfig $KUBECONFIG"
                + " --hostname-override $NODE_NAME --cluster-cidr $CLUSTER_CIDR"
                + " --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0"
                + " --conntrack-tcp-timeout-close-wait 0 --oom-score-adj 0\n");
    started = true;
    // Waits for CoreDNS, which becomes ready only by way of a ClusterIP.
    run(scripts + "/up.sh", "--nodes", "2", "--proxy-cmd", "exec bash " + command);
    Path manifest = copy("web.yaml");
    copy("ask.py");
    inside(1, "kubectl apply -f " + manifest);
    inside(1, "kubectl rollout status daemonset/web --timeout=60s");
    inside(1, "kubectl wait --for=condition=Ready pod/one --timeout=60s");
    clusterIp = inside(1, "kubectl get service web -o jsonpath='{.spec.clusterIP}'");
    String podIp = inside(1, "kubectl get pod one -o jsonpath='{.status.podIP}'");
    pod =
        inside(
            2,
            "for n in $(ip netns list | cut -d' ' -f1); do"
                + " ip netns exec $n ip -4 addr | grep -q ' "
                + podIp
                + "/' && echo $n; done; true");
    assertThat(pod).isNotEmpty().doesNotContain("\n");
  }

  @AfterAll
  static void stop() throws Exception {
    if (started) {
      run(scripts + "/down.sh");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "a pod to a ClusterIP                | pod     | curl -s -m 5 http://VIP/hostname         | web-.*",
        "a pod to a ClusterIP over UDP       | pod     | ASK udp VIP 90                           | web-.*",
        "a pod asks the cluster's DNS        | pod     | ASK dns 10.96.0.10 53                          | VIP",
        "a pod reaches itself by its Service | pod     | curl -s -m 5 http://10.96.77.77/hostname | one",
        "a pod to an externalIP              | pod     | curl -s -m 5 http://203.0.113.250/hostname | web-.*",
        "a pod to a node port elsewhere      | pod     | curl -s -m 5 http://10.200.0.2:30080/hostname | web-.*",
        "a node to a ClusterIP               | node    | curl -s -m 5 http://VIP/hostname         | web-.*",
        "a node to its own node port         | node    | curl -s -m 5 http://127.0.0.1:30080/hostname | web-.*",
        "outside to a node port              | outside | curl -s -m 5 http://10.200.0.3:30080/clientip | 10.200.0.3:.*",
        "outside to a node port over UDP     | outside | ASK udp 10.200.0.3 30090                     | web-.*",
        "outside to a node port with Local   | outside | curl -s -m 5 http://10.200.0.3:30081/clientip | 198.51.100.1:.*",
        "nobody behind a ClusterIP           | pod     | curl -s -m 5 http://10.96.77.78/; echo $?  | 7",
        "the kubelet's port on a ClusterIP   | pod     | curl -sk -m 5 https://VIP:10250/; echo $?  | 7",
        "the proxy is healthy                | node    | curl -s -m 5 -o /dev/null -w '%{http_code}' http://127.0.0.1:10256/healthz | 200",
        "no route for other addresses        | pod     | curl -s -m 1 http://10.96.66.66/; echo $? | 28",
      })
  void traffic(String name, String from, String command, String expected) throws Exception {
    String line = command.replace("VIP", clusterIp).replace("ASK", "python3 " + work + "/ask.py");
    List<String> prefix =
        switch (from) {
          case "pod" -> List.of(scripts + "/inside.sh", "--node", "2", "ip", "netns", "exec", pod);
          case "node" -> List.of(scripts + "/inside.sh");
          default -> List.of("ip", "netns", "exec", "fairwayit-link");
        };
    List<String> all = new ArrayList<>(prefix);
    all.addAll(List.of("bash", "-c", line));
    String answer = run(all.toArray(String[]::new));
    assertThat(answer).matches(expected.replace("VIP", clusterIp));
  }

  @Test
  void theNodesSayWhichModeServes() throws Exception {
    assertThat(
            inside(
                1,
                "kubectl get events --field-selector involvedObject.kind=Node,reason=Starting"
                    + " -o custom-columns=M:.message --no-headers"))
        .contains("mode userspace as configured; routes make the addresses of Services local");
  }

  private static Path copy(String name) throws IOException {
    Path target = work.resolve(name);
    try (var in =
        Objects.requireNonNull(RealClusterIT.class.getResourceAsStream("/kubeproxy/" + name))) {
      Files.copy(in, target);
    }
    return target;
  }

  private static String inside(int node, String line) throws Exception {
    return run(scripts + "/inside.sh", "--node", Integer.toString(node), "bash", "-c", line);
  }

  /** Runs a command to its end; fails if it takes too long or, but for a test's own, goes wrong. */
  private static String run(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.environment().put("NETNS", "fairwayit");
    builder.environment().put("WORK", work.resolve("cluster").toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    boolean ended = process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS);
    assertThat(ended).as("%s ends: %s", all, output).isTrue();
    assertThat(process.exitValue()).as("%s: %s", all, output).isZero();
    return output;
  }
}
