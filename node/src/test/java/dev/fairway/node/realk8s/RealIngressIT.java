// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas of {@code fairway ingress} at a real API server, with the rights of deploy/ and no
 * others: routes, certificates, status, Events, election, rolling updates, and the Gateway API with
 * its real CRDs.
 */
@Tag("root")
@Tag("realk8s")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealIngressIT {
  private static final String LEASE_HOLDER =
      "-n fairway-ingress get lease fairway-ingress-leader -o jsonpath='{.spec.holderIdentity}'";
  private static final String NODE = "10.200.0.2";
  private static final String POOL = "10.250.7.0/24";
  private static final Path DEPLOY =
      Path.of("..", "deploy", "kustomize", "ingress").toAbsolutePath();

  @TempDir static Path folder;
  private @Nullable Scripts scripts;
  private final Map<String, Process> replicas = new HashMap<>();

  @BeforeAll
  void start() throws Exception {
    scripts = new Scripts(Scripts.ofEnvironment(), "fairwaygw", folder.resolve("cluster"));
    scripts.run(scripts.path("up.sh"), "--nodes", "1", "--proxy", "nftables");
    for (String file : List.of("namespace", "rbac", "class")) {
      kubectl("apply -f " + DEPLOY.resolve(file + ".yaml"));
    }
    inside("ip route replace local " + POOL + " dev lo");
    apply("ingress");
    kubectl("rollout status deployment/shop --timeout=120s");
    inside(
        """
        set -e
        kubectl config view --raw --flatten > %1$s
        token=$(kubectl -n fairway-ingress create token fairway-ingress)
        kubectl --kubeconfig %1$s config set-credentials gw --token="$token"
        kubectl --kubeconfig %1$s config set-context --current --user=gw
        """
            .formatted(folder.resolve("gateway.conf")));
    gateway("gw-1", 80, 443, 10254);
    gateway("gw-2", 8080, 8443, 10255);
    for (int port : new int[] {10254, 10255}) {
      eventually("curl -s -o /dev/null -w '%{http_code}' http://" + NODE + ":" + port + "/readyz");
    }
  }

  @Test
  @Order(1)
  void bothReplicasServe() {
    assertThat(status("http://" + NODE + "/hostname", "shop.test")).isEqualTo("200");
    assertThat(status("http://" + NODE + ":8080/hostname", "shop.test")).isEqualTo("200");
    assertThat(status("http://" + NODE + "/", "foreign.test")).isEqualTo("404");
    assertThat(status("http://" + NODE + "/nobody", "shop.test")).isEqualTo("503");
  }

  @Test
  @Order(2)
  void statusIsWrittenToOursAlone() {
    wanted("get ingress shop -o jsonpath='{.status.loadBalancer.ingress[*].ip}'", NODE);
    assertThat(kubectl("get ingress foreign -o jsonpath='{.status.loadBalancer}'")).isEqualTo("{}");
  }

  @Test
  @Order(3)
  void whatIsWrongIsAnEvent() {
    String events =
        "get events --field-selector involvedObject.name=shop -o jsonpath='{.items[*].reason}'";
    RealCluster.eventually(
        () -> kubectl(events),
        text -> text.contains("ServiceNotFound") && text.contains("SecretNotFound"));
  }

  @Test
  @Order(4)
  void aCertificateThatAppearsIsServed_andItsSuccessor() {
    certificate("first");
    kubectl("create secret tls shop-tls " + pair("first"));
    RealCluster.eventually(this::served, "subject=CN = first"::equals);
    certificate("second");
    kubectl(
        "create secret tls shop-tls --dry-run=client -o yaml "
            + pair("second")
            + " | kubectl apply -f -");
    RealCluster.eventually(this::served, "subject=CN = second"::equals);
  }

  @Test
  @Order(5)
  void aRollingUpdateLosesNoRequest() {
    String counted =
        inside(
            """
            kubectl rollout restart deployment/shop >/dev/null
            (kubectl rollout status deployment/shop --timeout=100s >/dev/null; touch %1$s) &
            total=0 lost=0
            while [ ! -e %1$s ]; do
              # New connections and one that is kept, at both replicas; a client that never tries again.
              for port in 80 8080; do
                codes=$(curl -s -m 10 -o /dev/null -o /dev/null -o /dev/null -w '%%{http_code} ' -H 'Host: shop.test' \
                  http://%2$s:$port/hostname http://%2$s:$port/hostname http://%2$s:$port/hostname)
                for code in $codes; do
                  total=$((total + 1)); [ "$code" = 200 ] || { lost=$((lost + 1)); echo "$codes" >> %1$s.lost; }
                done
              done
            done
            wait
            echo $total $lost
            """
                .formatted(folder.resolve("rolled"), NODE));
    String[] words = counted.strip().split(" ");
    System.out.println("realk8s: requests during a rolling update: " + words[0]);
    assertThat(Integer.parseInt(words[0])).isGreaterThan(50);
    assertThat(words[1]).as("lost").isEqualTo("0");
  }

  @Test
  @Order(6)
  void whenTheLeaderIsKilledTheOtherWritesStatus() throws Exception {
    String leader = kubectl(LEASE_HOLDER);
    assertThat(leader).startsWith("gw-");
    String name = leader.substring(0, 4);
    inside("kill -9 $(cat " + folder.resolve(name + ".pid") + ")");
    String other = name.equals("gw-1") ? "gw-2" : "gw-1";
    RealCluster.eventually(() -> kubectl(LEASE_HOLDER), text -> text.startsWith(other));
    kubectl("create ingress later --class=fairway --rule='later.test/*=shop:http'");
    wanted("get ingress later -o jsonpath='{.status.loadBalancer.ingress[*].ip}'", NODE);
    gateway(
        name,
        name.equals("gw-1") ? 80 : 8080,
        name.equals("gw-1") ? 443 : 8443,
        name.equals("gw-1") ? 10254 : 10255);
    int port = name.equals("gw-1") ? 80 : 8080;
    RealCluster.eventually(
        () -> status("http://" + NODE + ":" + port + "/hostname", "later.test"), "200"::equals);
  }

  @Test
  @Order(7)
  void anIngressThatGoesToAnotherClassLosesRoutesAndStatus() {
    kubectl("patch ingress later --type=merge -p '{\"spec\":{\"ingressClassName\":\"another\"}}'");
    wanted("get ingress later -o jsonpath='{.status.loadBalancer}'", "{}");
    RealCluster.eventually(
        () -> status("http://" + NODE + ":8080/hostname", "later.test"), "404"::equals);
  }

  @Test
  @Order(8)
  void gatewaysOfTheRealCustomResources() throws Exception {
    // Only the first has addresses for Gateways: it must be the one that writes.
    inside("kill $(cat " + folder.resolve("gw-2.pid") + ")");
    RealCluster.eventually(() -> kubectl(LEASE_HOLDER), text -> text.startsWith("gw-1"));
    kubectl("apply --server-side -f " + customResources());
    apply("gateway");
    String programmed =
        "get gateway edge -o jsonpath='{.status.conditions[?(@.type==\"Programmed\")].status}'";
    wanted(programmed, "True");
    String address = kubectl("get gateway edge -o jsonpath='{.status.addresses[0].value}'");
    assertThat(address).startsWith("10.250.7.");
    RealCluster.eventually(
        () -> status("http://" + address + "/hostname", "gw.test"), "200"::equals);
    assertThat(status("http://" + address + "/", "lost.test")).isEqualTo("500");
    String resolved =
        "get httproute %s -o jsonpath='{.status.parents[0].conditions[?(@.type==\"ResolvedRefs\")].reason}'";
    wanted(resolved.formatted("shop"), "ResolvedRefs");
    wanted(resolved.formatted("lost"), "BackendNotFound");
    assertThat(
            kubectl("get gatewayclass fairway -o jsonpath='{.status.supportedFeatures[*].name}'"))
        .contains("HTTPRoute");
  }

  /** The CRDs of the Go module, where that is at hand. */
  private static Path customResources() throws IOException {
    String named = System.getenv("FAIRWAY_GATEWAY_API");
    Path module =
        named == null
            ? Path.of(System.getProperty("user.home"), "go/pkg/mod/sigs.k8s.io/gateway-api@v1.6.3")
            : Path.of(named);
    Path folder = module.resolve("config/crd/standard");
    Skip.unless(
        Files.isDirectory(folder),
        "no module sigs.k8s.io/gateway-api: `go mod download` it or set FAIRWAY_GATEWAY_API");
    return folder;
  }

  private void gateway(String name, int http, int https, int health) throws IOException {
    String first =
        "export POD_NAME=%s POD_NAMESPACE=fairway-ingress; echo $$ > %s; exec "
            .formatted(name, folder.resolve(name + ".pid"));
    String arguments =
        "ingress --kubeconfig %s --bind %s".formatted(folder.resolve("gateway.conf"), NODE)
            + " --http-port %d --https-port %d --healthz-host %s --healthz-port %d"
                .formatted(http, https, NODE, health)
            + " --election-id fairway-ingress-leader --publish-status-address "
            + NODE
            // Each Gateway has one address: only one replica of this machine can listen on it.
            + (name.equals("gw-1") ? " --address-pool " + POOL : "");
    Process process =
        scripts()
            .java(first, "dev.fairway.node.Main", arguments)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    replicas.put(name, process);
  }

  private void certificate(String name) {
    inside(
        "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
                .formatted(folder)
            + " -subj /CN=%1$s -addext subjectAltName=DNS:shop.test -keyout %1$s.key -out %1$s.crt"
                .formatted(name)
            + " 2>/dev/null");
  }

  private static String pair(String name) {
    return "--cert=%s --key=%s"
        .formatted(folder.resolve(name + ".crt"), folder.resolve(name + ".key"));
  }

  private String served() {
    return inside(
            "openssl s_client -connect "
                + NODE
                + ":443 -servername shop.test </dev/null 2>/dev/null | openssl x509 -noout -subject"
                + " || true")
        .strip();
  }

  private String status(String url, String host) {
    return inside(
        "curl -s -m 10 -o /dev/null -w '%{http_code}' -H 'Host: " + host + "' " + url + " || true");
  }

  private void apply(String name) throws IOException {
    scripts().apply(name);
  }

  private void wanted(String question, String answer) {
    RealCluster.eventually(() -> kubectl(question), answer::equals);
  }

  private void eventually(String command) {
    RealCluster.eventually(() -> inside(command + " || true") + logs(), t -> t.startsWith("200"));
  }

  private String logs() {
    StringBuilder all = new StringBuilder("\n");
    for (String name : replicas.keySet()) {
      try {
        all.append(Files.readString(folder.resolve(name + ".log")));
      } catch (IOException unreadable) {
        all.append(unreadable);
      }
    }
    return all.toString();
  }

  private String kubectl(String line) {
    return scripts().kubectl(line);
  }

  private Scripts scripts() {
    return Objects.requireNonNull(scripts);
  }

  private String inside(String line) {
    return scripts().inside(line);
  }

  @AfterAll
  void stop() throws InterruptedException {
    System.out.println(
        logs().lines().filter(l -> l.contains("ERROR") || l.contains("WARN")).limit(20).toList());
    for (Process process : replicas.values()) {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
    }
    if (scripts != null) {
      // It ends every process of the node.
      scripts.run(scripts.path("down.sh"));
    }
  }
}
