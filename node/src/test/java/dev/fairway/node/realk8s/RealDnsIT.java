// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code fairway dns} as the DNS of a real cluster that has no other, with the rights and the
 * Service of deploy/, and what a pod gets to know of it.
 */
@Tag("root")
@Tag("realk8s")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealDnsIT {
  private static final String SERVER = "10.96.0.10";
  private static final String NODE = "10.200.0.2";
  private static final String UPSTREAM = "5399";
  private static final Path DEPLOY = Path.of("..", "deploy", "kustomize").toAbsolutePath();

  @TempDir static Path folder;
  private @Nullable Scripts scripts;
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, String> addresses = new TreeMap<>();
  private @Nullable Process asker;

  @BeforeAll
  void start() throws Exception {
    scripts = new Scripts(Scripts.ofEnvironment(), "fairwaydns", folder.resolve("cluster"));
    scripts.run(scripts.path("up.sh"), "--nodes", "1", "--proxy", "nftables", "--dns", "none");
    kubectl("apply -f " + DEPLOY + "/dns/rbac.yaml");
    kubectl("apply -f " + DEPLOY + "/dns-standalone/service.yaml");
    kubectl("apply -f " + Files.writeString(folder.resolve("slice.yaml"), slice()));
    serve();
    scripts.apply("dns");
    kubectl("wait --for=condition=Ready pod --all --timeout=120s");
    for (String pod : List.of("db-0", "db-1", "web-1", "client")) {
      addresses.put(pod, kubectl("get pod " + pod + " -o jsonpath='{.status.podIP}'"));
    }
  }

  /** The DNS on the node's own address: with its rights alone, and an upstream of the test. */
  private void serve() throws IOException {
    Path kubeconfig = folder.resolve("dns.conf");
    inside(
        """
        set -e
        kubectl config view --raw --flatten > %1$s
        token=$(kubectl -n kube-system create token fairway-dns)
        kubectl --kubeconfig %1$s config set-credentials dns --token="$token"
        kubectl --kubeconfig %1$s config set-context --current --user=dns
        """
            .formatted(kubeconfig));
    Path corefile =
        Files.writeString(
            folder.resolve("Corefile"),
            Files.readString(DEPLOY.resolve("dns-standalone/configmap.yaml"))
                .replaceFirst("(?s).*Corefile: \\|\\n", "")
                .replace("/etc/resolv.conf", "127.0.0.1:" + UPSTREAM));
    java("dev.fairway.node.dns.TestUpstream", UPSTREAM + " 127.0.0.1");
    java(
        "dev.fairway.node.Main",
        "dns --config " + corefile + " --kubeconfig " + kubeconfig + " --listen " + NODE + ":53");
    String ready = "curl -s -o /dev/null -w '%{http_code}' http://" + NODE + ":8181/ready || true";
    RealCluster.eventually(
        () -> {
          try {
            return inside(ready) + Files.readString(folder.resolve("dev.fairway.node.Main.log"));
          } catch (IOException e) {
            return e.toString();
          }
        },
        text -> text.startsWith("200"));
  }

  private static String slice() {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: kube-dns-on-node
      namespace: kube-system
      labels: {kubernetes.io/service-name: kube-dns}
    addressType: IPv4
    ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
    endpoints: [{addresses: ["%s"]}]
    """
        .formatted(NODE);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "web.default.svc.cluster.local.             | A     | NOERROR 10.96.77.1",
        "web.default.svc.cluster.local.             | AAAA  | NOERROR",
        "WEB.Default.svc.cluster.LOCAL.             | A     | NOERROR 10.96.77.1",
        "kubernetes.default.svc.cluster.local.      | A     | NOERROR 10.96.0.1",
        "kube-dns.kube-system.svc.cluster.local.    | A     | NOERROR 10.96.0.10",
        "_http._tcp.web.default.svc.cluster.local.  | SRV   |"
            + " NOERROR 0 100 80 web.default.svc.cluster.local.",
        "1.77.96.10.in-addr.arpa.                   | PTR   |"
            + " NOERROR web.default.svc.cluster.local.",
        "db.default.svc.cluster.local.              | A     | NOERROR <both>",
        "db-0.db.default.svc.cluster.local.         | A     | NOERROR <db-0>",
        "_sql._tcp.db.default.svc.cluster.local.    | SRV   |"
            + " NOERROR 0 50 5432 db-0.db.default.svc.cluster.local."
            + " 0 50 5432 db-1.db.default.svc.cluster.local.",
        "<reverse db-0>                             | PTR   |"
            + " NOERROR db-0.db.default.svc.cluster.local.",
        "<dashed web-1>.default.pod.cluster.local.  | A     | NOERROR <web-1>",
        "ext.default.svc.cluster.local.             | A     | NOERROR 192.0.2.1 a.ext.test.",
        "ext.default.svc.cluster.local.             | CNAME | NOERROR a.ext.test.",
        "a.ext.test.                                | A     | NOERROR 192.0.2.1",
        "many.ext.test.                             | TXT   | NOERROR",
        "none.default.svc.cluster.local.            | A     | NXDOMAIN",
        "web.none.svc.cluster.local.                | A     | NXDOMAIN",
        "nx.ext.test.                               | A     | NXDOMAIN",
      })
  void aPodAsks_overUdpAndTcp(String name, String type, String answer) throws Exception {
    String question = " " + filled(name) + " " + type;
    assertThat(ask("udp" + question)).isEqualTo(filled(answer));
    assertThat(ask("tcp" + question)).isEqualTo(filled(answer));
  }

  @Test
  void aPodFindsServicesByItsSearchPath() {
    assertThat(kubectl("exec client -- cat /etc/resolv.conf"))
        .contains("nameserver " + SERVER, "search default.svc.cluster.local svc.cluster.local");
    for (String name :
        List.of("web:80", "web.default:80", "web.default.svc.cluster.local:80", "db-1.db:5432")) {
      // It exits with 0 if it could connect, and else says why.
      assertThat(kubectl("exec db-0 -- /agnhost connect --timeout=5s " + name)).isEmpty();
    }
  }

  @Test
  void aServiceThatIsMade_isFoundAndWhenItIsDeletedItIsNot() throws Exception {
    String question = "udp later.default.svc.cluster.local. A";
    assertThat(ask(question)).isEqualTo("NXDOMAIN");
    kubectl("create service clusterip later --clusterip=10.96.77.9 --tcp=80");
    RealCluster.eventually(() -> ask(question), "NOERROR 10.96.77.9"::equals);
    kubectl("delete service later");
    RealCluster.eventually(() -> ask(question), "NXDOMAIN"::equals);
  }

  private String filled(String text) {
    String filled = text;
    for (Map.Entry<String, String> pod : addresses.entrySet()) {
      String[] octets = pod.getValue().split("\\.");
      filled =
          filled
              .replace("<" + pod.getKey() + ">", pod.getValue())
              .replace("<dashed " + pod.getKey() + ">", pod.getValue().replace('.', '-'))
              .replace(
                  "<reverse " + pod.getKey() + ">",
                  octets[3]
                      + "."
                      + octets[2]
                      + "."
                      + octets[1]
                      + "."
                      + octets[0]
                      + ".in-addr.arpa.");
    }
    List<String> both = Stream.of("db-0", "db-1").map(addresses::get).sorted().toList();
    return filled.replace("<both>", String.join(" ", both));
  }

  /** A line to a client in the network of the pod {@code client}, and its answer. */
  private synchronized String ask(String question) {
    try {
      Process client = client();
      BufferedWriter out = client.outputWriter(StandardCharsets.UTF_8);
      out.write(question + "\n");
      out.flush();
      BufferedReader in = client.inputReader(StandardCharsets.UTF_8);
      return String.valueOf(in.readLine());
    } catch (IOException e) {
      throw new AssertionError(question, e);
    }
  }

  private Process client() throws IOException {
    if (asker == null) {
      asker =
          java(
              "dev.fairway.node.dns.DnsClient",
              SERVER,
              """
              for p in $(pgrep -x sleep); do
                nsenter -t $p -n ip -o addr | grep -qF ' %s/' && break
              done
              exec nsenter -t $p -n \
              """
                  .formatted(addresses.get("client")));
    }
    return asker;
  }

  private Process java(String main, String arguments) throws IOException {
    return java(main, arguments, "exec ");
  }

  /** A Java process on the node, whose standard error goes to a log; it ends with its input. */
  private Process java(String main, String arguments, String prefix) throws IOException {
    Process process =
        scripts()
            .java(prefix, main, arguments)
            .redirectError(folder.resolve(main + ".log").toFile())
            .start();
    processes.add(process);
    return process;
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
    for (Process process : processes) {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
    }
    if (scripts != null) {
      // It ends every process of the node.
      scripts.run(scripts.path("down.sh"));
    }
  }
}
