// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fairway node} as a process of its own, with kube-proxy's configuration file. */
class NodeDaemonIT {
  /** Of this process alone, so that kube-proxy's ports are free there. */
  private static final String ADDRESS = "127.29." + ProcessHandle.current().pid() % 250 + ".9";

  private static final int NODE_PORT = 30_917;

  @TempDir static Path folder;
  private static TestCluster cluster;
  private static ServerSocket backend;
  private final Path log = folder.resolve("node.log");

  @BeforeAll
  static void start() throws IOException {
    TestCluster.requireKubectl();
    cluster = TestCluster.up(folder.resolve("state"));
    backend = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(NodeDaemonIT::answer);
    Path manifest =
        Files.writeString(
            folder.resolve("web.yaml"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: NodePort
              ports: [{name: http, port: 80, nodePort: %d}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, port: %d}]
            endpoints: [{addresses: [127.0.0.1]}]
            """
                .formatted(NODE_PORT, backend.getLocalPort()));
    cluster.kubectl("apply", "-f", manifest.toString());
  }

  private static void answer() {
    while (!backend.isClosed()) {
      try (Socket client = backend.accept()) {
        client.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) {
        // The client or the test went away.
        continue;
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    if (cluster != null) {
      cluster.close();
      backend.close();
    }
  }

  @Test
  void itServesByKubeProxysFileFollowsItAndEndsWhereItTakesANewProcess() throws Exception {
    Path config = folder.resolve("config.conf");
    Files.writeString(config, configuration("conntrack: {min: 7}"));
    Process daemon = daemon(config);
    try {
      awaitAnswer(10_256, "/healthz", "\"nodeEligible\":true");
      assertThat(ask(10_256, "/livez")).startsWith("HTTP/1.1 200");
      assertThat(ask(10_249, "/proxyMode")).endsWith("userspace");
      assertThat(ask(10_249, "/configz")).contains("\"bindAddress\":\"" + ADDRESS + "\"");
      cluster.eventually(() -> ask(NODE_PORT, "/"), "hello\n"::equals);
      assertThat(ask(10_249, "/statusz"))
          .contains("kube-proxy statusz", "Node= node-1 [" + ADDRESS)
          .contains("Mode= userspace\nBecause= mode userspace; the machine is left as it is")
          .contains("Last sync= 20")
          .containsPattern("Services= [1-9]");
      Files.writeString(config, configuration("conntrack: {min: 8}"));
      cluster.eventually(this::log, text -> text.contains("what changed is in effect"));
      assertThat(ask(NODE_PORT, "/")).isEqualTo("hello\n");
      Files.writeString(config, configuration("clusterCIDR: 127.64.0.0/12"));
      assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
      assertThat(daemon.exitValue()).as(log()).isZero();
      assertThat(log()).contains("content of the proxy server's configuration file was updated");
      assertThat(cluster.kubectl("get", "events", "-A"))
          .contains(
              "mode userspace; the machine is left as it is, only addresses that it has are served");
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  @Test
  void sigtermEndsItCleanlyAndSaysSo() throws Exception {
    Path config = folder.resolve("other.conf");
    Files.writeString(config, configuration(""));
    Process daemon = daemon(config);
    try {
      awaitAnswer(10_256, "/healthz", "\"nodeEligible\":true");
      daemon.destroy();
      assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
      assertThat(daemon.exitValue()).as(log()).isZero();
      assertThat(log()).contains("ending: open connections have 10 s", "ProxyDaemon ended");
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  @Test
  void anAddressThatIsTakenIsFatalWhereItIsToBe() throws Exception {
    Path config = folder.resolve("hard.conf");
    Files.writeString(config, configuration("bindAddressHardFail: true"));
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(ADDRESS, 10_249));
      Process daemon = daemon(config);
      try {
        assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
        assertThat(daemon.exitValue()).isEqualTo(1);
        assertThat(log()).contains("fairway node: bindAddressHardFail");
      } finally {
        daemon.destroyForcibly().waitFor();
      }
    }
  }

  private static String configuration(String more) {
    return """
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    clientConnection: {kubeconfig: %s}
    bindAddress: %s
    healthzBindAddress: %s
    metricsBindAddress: %s
    nodePortAddresses: [primary]
    %s
    """
        .formatted(folder.resolve("state/kubeconfig"), ADDRESS, ADDRESS, ADDRESS, more);
  }

  private Process daemon(Path config) throws IOException {
    List<String> command = new ArrayList<>(TestCluster.javaCommand());
    command.addAll(
        List.of("node", "--config=" + config, "--hostname-override", "Node-1", "--unprivileged"));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    process.getOutputStream().close();
    return process;
  }

  private void awaitAnswer(int port, String path, String part) {
    try {
      cluster.eventually(() -> ask(port, path), text -> text.contains(part));
    } catch (AssertionError e) {
      throw new AssertionError(log(), e);
    }
  }

  /** Everything that is answered, or the failure. */
  private static String ask(int port, String path) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(ADDRESS, port), 2000);
      socket.setSoTimeout(5000);
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String log() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
