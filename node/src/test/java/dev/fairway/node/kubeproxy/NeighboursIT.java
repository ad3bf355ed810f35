// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other proxies are recognised by what they leave on a machine. */
final class NeighboursIT {
  private static final int NOBODY = 1;

  @TempDir Path root;

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "proc/7/comm=kube-proxy | true | kube-proxy is running",
        "proc/7/comm=kube-router | false | kube-router is running",
        "sys/class/net/kube-dummy-if/ifindex=3 | false"
            + " | kube-router's service proxy has left its rules (interface kube-dummy-if)",
        "sys/fs/bpf/cilium/socketlb/links/cgroup/cil_sock4_connect= | false"
            + " | Cilium's kube-proxy replacement has left its programs"
            + " (/sys/fs/bpf/cilium/socketlb/links/cgroup/cil_sock4_connect)",
        "sys/fs/bpf/tc/globals/cilium_lb4_services_v2= | false"
            + " | Cilium's kube-proxy replacement has left its programs"
            + " (/sys/fs/bpf/tc/globals/cilium_lb4_services_v2)",
        "sys/fs/bpf/tc/globals/cali_v4_nat_fe3= | false"
            + " | Calico's eBPF service proxy has programs here"
            + " (/sys/fs/bpf/tc/globals/cali_v4_nat_fe3)",
      })
  void aNeighbourIsKnownByWhatItLeaves(String file, boolean isKubeProxy, String evidence)
      throws IOException {
    String[] parts = file.split("=", 2);
    write(parts[0], parts[1]);
    Neighbours.Found found = new Neighbours(root, NOBODY).find();
    assertThat(found.evidence()).containsExactly(evidence);
    assertThat(found.isKubeProxy()).isEqualTo(isKubeProxy);
    assertThat(found.warning())
        .startsWith("not alone on this node: " + evidence)
        .doesNotContain("\n");
  }

  @Test
  void severalAreSaidInOneLine() throws IOException {
    write("proc/7/comm", "kube-proxy\n");
    write("proc/8/comm", "cilium-agent\n");
    write("sys/fs/bpf/tc/globals/cilium_lb4_services_v2", "");
    assertThat(new Neighbours(root, NOBODY).find().warning())
        .isEqualTo(
            "not alone on this node: kube-proxy is running; Cilium's kube-proxy replacement is"
                + " running (/sys/fs/bpf/tc/globals/cilium_lb4_services_v2). Two proxies answer the"
                + " same addresses until one is stopped");
  }

  @Test
  void aMachineOfOurOwnHasNoNeighbours() throws IOException {
    write("proc/7/comm", "java");
    write("sys/fs/bpf/tc/globals/cilium_metrics", "");
    write("sys/fs/bpf/fairway/node-1/v1/frontends", "");
    Neighbours.Found found = new Neighbours(root, NOBODY).find();
    assertThat(found.warning()).isEmpty();
    assertThat(found.isKubeProxy()).isFalse();
  }

  @Test
  void kubeProxyOfAnotherNodeOnTheSameKernelIsNone() throws IOException {
    write("proc/7/comm", "kube-proxy");
    for (String process : List.of("self", "7")) {
      Path namespaces =
          Files.createDirectories(root.resolve("proc").resolve(process).resolve("ns"));
      Files.createSymbolicLink(namespaces.resolve("net"), Path.of("net:[" + process + "]"));
    }
    assertThat(new Neighbours(root, NOBODY).find().evidence()).isEmpty();
  }

  @ParameterizedTest(name = "/proxyMode {0}: {1}")
  @CsvSource({"nftables,true", "iptables,true", "ipvs,true", "ebpf,false", "userspace,false"})
  void kubeProxyIsKnownByItsMode(String mode, boolean isKubeProxy) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      Thread.ofVirtual().start(() -> answer(server, mode));
      Neighbours.Found found = new Neighbours(root, server.getLocalPort()).find();
      assertThat(found.isKubeProxy()).isEqualTo(isKubeProxy);
      assertThat(found.warning().contains("(mode " + mode + ")")).isEqualTo(isKubeProxy);
    }
  }

  private static void answer(ServerSocket server, String mode) {
    try (Socket client = server.accept()) {
      byte[] request = new byte[512];
      int length = client.getInputStream().read(request);
      if (new String(request, 0, length, StandardCharsets.US_ASCII).startsWith("GET /proxyMode ")) {
        client
            .getOutputStream()
            .write(("HTTP/1.0 200 OK\r\n\r\n" + mode).getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException _) {
      // The test says what is missing.
      return;
    }
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
