// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Jvm;
import dev.fairway.testing.Skip;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code fairway dns --node-local} on a node that kube-proxy's rules lead from the kube-dns address
 * to a replica elsewhere: the pod, the node and the replica have network namespaces of their own.
 */
@Tag("root")
class NodeLocalRootIT {
  private static final String KUBE_DNS = "10.96.0.10";
  private static final String LINK_LOCAL = "169.254.20.10";
  private static final String HERE = "NOERROR 192.0.2.99";
  private static final String REPLICA = "NOERROR 192.0.2.1";

  /** What kube-proxy makes of the Service kube-dns; the counter counts new connections. */
  private static final String KUBE_PROXY =
      """
      table ip kubeproxy {
        counter asked {}
        chain prerouting {
          type nat hook prerouting priority dstnat;
          ip daddr 10.96.0.10 udp dport 53 counter name asked dnat to 10.2.0.2:53
          ip daddr 10.96.0.10 tcp dport 53 counter name asked dnat to 10.2.0.2:53
        }
        chain output {
          type nat hook output priority -100;
          ip daddr 10.96.0.10 udp dport 53 dnat to 10.2.0.2:53
          ip daddr 10.96.0.10 tcp dport 53 dnat to 10.2.0.2:53
        }
      }
      """;

  @TempDir private Path folder = Path.of("");
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void requireRoot() {
    Skip.unlessRoot();
    Skip.unless(Files.isExecutable(Path.of("/usr/sbin/nft")), "nft is not installed");
  }

  @Test
  void podsAreAnsweredHere_andByTheReplicasWhenTheProcessIsGone() throws Exception {
    String node = namespace();
    String pod = namespace();
    String replica = namespace();
    connect(node, pod, "10.1.0");
    connect(node, replica, "10.2.0");
    run(node, "", "sysctl -q -w net.ipv4.ip_forward=1");
    run(node, KUBE_PROXY, "nft -f -");
    java(replica, "dev.fairway.node.dns.TestUpstream", "53", "10.2.0.2");
    awaitAnswer(pod, KUBE_DNS, REPLICA);

    Process dns = dns(node);
    run(node, "", "nft reset counter ip kubeproxy asked");
    for (String address : List.of(KUBE_DNS, LINK_LOCAL)) {
      assertThat(ask(pod, address, "udp")).isEqualTo(HERE);
      assertThat(ask(pod, address, "tcp")).isEqualTo(HERE);
    }
    assertThat(run(node, "", "nft list counter ip kubeproxy asked")).contains("packets 0 ");
    assertThat(ask(node, LINK_LOCAL, "udp")).as("a program of the node").isEqualTo(HERE);
    assertThat(ask(node, KUBE_DNS, "udp")).as("a program of the node").isEqualTo(REPLICA);

    dns.destroyForcibly().waitFor();
    assertThat(ask(pod, KUBE_DNS, "udp")).as("after SIGKILL").isEqualTo(REPLICA);
    assertThat(ask(pod, KUBE_DNS, "tcp")).as("after SIGKILL").isEqualTo(REPLICA);
    assertThat(ask(node, KUBE_DNS, "udp")).as("after SIGKILL").isEqualTo(REPLICA);

    Process next = dns(node);
    assertThat(ask(pod, KUBE_DNS, "udp")).as("after another start").isEqualTo(HERE);
    next.destroy();
    assertThat(next.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(next.exitValue()).isZero();
    assertThat(ask(pod, KUBE_DNS, "udp")).as("after SIGTERM").isEqualTo(REPLICA);
    assertThat(run(node, "", "nft list tables")).doesNotContain(NodeLocal.TABLE);
    assertThat(run(node, "", "ip route show table local proto 171")).isEmpty();
  }

  /** Our DNS, without a cluster: it says another address than the replica does. */
  private Process dns(String node) throws IOException {
    Path corefile =
        Files.writeString(
            folder.resolve("Corefile"), ".:53 {\n hosts {\n 192.0.2.99 a.ext.test\n }\n}\n");
    Process dns =
        java(
            node,
            "dev.fairway.node.Main",
            "dns",
            "--config",
            corefile.toString(),
            "--node-local",
            KUBE_DNS,
            "--node-local",
            LINK_LOCAL);
    String line = dns.inputReader(StandardCharsets.UTF_8).readLine();
    assertThat(line).as(logs()).startsWith("DNS for ");
    return dns;
  }

  /** A network namespace, by the number of the process that keeps it. */
  private String namespace() throws IOException, InterruptedException {
    Process keeper = new ProcessBuilder("unshare", "--net", "sleep", "600").start();
    processes.add(keeper);
    Path own = Path.of("/proc/self/ns/net");
    Path made = Path.of("/proc/" + keeper.pid() + "/ns/net");
    while (Files.readSymbolicLink(own).equals(Files.readSymbolicLink(made))) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    String name = Long.toString(keeper.pid());
    run(name, "", "ip link set lo up");
    return name;
  }

  /** A wire from the node, which is .1, to another, which is .2. */
  private void connect(String node, String other, String network)
      throws IOException, InterruptedException {
    run(node, "", "ip link add to" + other + " type veth peer name eth0 netns " + other);
    run(node, "", "ip address add " + network + ".1/24 dev to" + other);
    run(node, "", "ip link set to" + other + " up");
    run(other, "", "ip address add " + network + ".2/24 dev eth0");
    run(other, "", "ip link set eth0 up");
    run(other, "", "ip route add default via " + network + ".1");
  }

  private String ask(String where, String server, String over) throws Exception {
    Process client = java(where, "dev.fairway.node.dns.DnsClient", server);
    try (BufferedWriter out = client.outputWriter(StandardCharsets.UTF_8)) {
      out.write(over + " a.ext.test. A\n");
    }
    return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private void awaitAnswer(String where, String server, String wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String answer = ask(where, server, "udp");
    while (!answer.equals(wanted)) {
      assertThat(System.nanoTime()).as(answer + logs()).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      answer = ask(where, server, "udp");
    }
  }

  private String logs() throws IOException {
    Path log = folder.resolve("dev.fairway.node.Main.log");
    return Files.exists(log) ? "\n" + Files.readString(log) : "";
  }

  private Process java(String namespace, String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net=/proc/" + namespace + "/ns/net"));
    command.addAll(Jvm.command(main, arguments));
    Path log = folder.resolve(main + ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    processes.add(process);
    return process;
  }

  private static String run(String namespace, String input, String line)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net=/proc/" + namespace + "/ns/net"));
    command.addAll(List.of(line.split(" ")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedWriter out = process.outputWriter(StandardCharsets.UTF_8)) {
      out.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(line + ": " + output).isZero();
    return output.strip();
  }

  /** The namespaces end with the processes in them. */
  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }
}
