// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The command line as people meet it: the demo, and one clear line for everything that is wrong.
 */
class CommandLineIT {
  @TempDir Path folder;

  @Test
  void demo_answersOnEveryPath_andDownLeavesNothing() {
    Path state = folder.resolve("state");
    TestCluster.Output up =
        TestCluster.fairway(
            "up",
            "--demo",
            "--detach",
            "--state-dir",
            state.toString(),
            "--api-port",
            "0",
            "--dns-port",
            "0",
            "--http-port",
            "0",
            "--https-port",
            "0");
    try {
      assertThat(up.exitCode()).as(up.text()).isZero();
      assertThat(up.text())
          .contains("pod")
          .contains("ClusterIP")
          .contains("NodePort")
          .contains("LoadBalancer")
          .contains("externalIP")
          .contains("DNS")
          .containsIgnoringCase("ingress");
      explainSaysWhatDecides(state);
      TestCluster.requireKubectl();
      TestCluster.Output apply =
          TestCluster.run(
              List.of(
                  "kubectl",
                  "apply",
                  "-f",
                  TestCluster.home().resolve("examples/hello").toString()),
              TestCluster.PATIENCE,
              state.resolve("kubeconfig"));
      assertThat(apply.text().lines()).hasSize(5).allMatch(line -> line.endsWith(" unchanged"));
    } finally {
      TestCluster.Output down = TestCluster.fairway("down", "--state-dir", state.toString());
      assertThat(down.exitCode()).as(down.text()).isZero();
    }
    assertThat(state.resolve("status.json")).doesNotExist();
    TestCluster.Output again = TestCluster.fairway("down", "--state-dir", state.toString());
    assertThat(again.exitCode()).as(again.text()).isZero();
  }

  @Test
  void unknownFlag_isOneLineAndExit2() {
    TestCluster.Output output = TestCluster.fairway("up", "--no-such-flag");
    assertThat(output.exitCode()).isEqualTo(2);
    assertThat(errorLines(output)).hasSize(1);
    assertThat(output.text()).contains("--no-such-flag");
  }

  @Test
  void portInUse_isOneLineAndExit1_andNothingIsLeft() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Path state = folder.resolve("state");
      TestCluster.Output output =
          TestCluster.fairway(
              "up",
              "--detach",
              "--state-dir",
              state.toString(),
              "--api-port",
              "0",
              "--dns-port",
              "0",
              "--http-port",
              Integer.toString(taken.getLocalPort()),
              "--https-port",
              "0");
      assertThat(output.exitCode()).as(output.text()).isEqualTo(1);
      assertThat(output.text())
          .contains("port " + taken.getLocalPort() + " on 127.0.0.1")
          .contains("in use");
      assertThat(errorLines(output)).hasSize(1);
      assertThat(state.resolve("status.json")).doesNotExist();
    }
  }

  @Test
  void stateDirectoryThatCannotBeWritten_isOneLineAndExit1() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    TestCluster.Output output =
        TestCluster.fairway("up", "--detach", "--state-dir", file.resolve("state").toString());
    assertThat(output.exitCode()).as(output.text()).isEqualTo(1);
    assertThat(errorLines(output)).hasSize(1);
    assertThat(output.text()).contains(file.toString());
  }

  private static void explainSaysWhatDecides(Path state) {
    TestCluster.Output dns = explain(state, "kube-dns.kube-system.svc.cluster.local");
    assertThat(dns.exitCode()).as(dns.text()).isZero();
    assertThat(dns.text()).contains("Service kube-system/kube-dns").containsPattern("A +127\\.96");
    TestCluster.Output external = explain(state, "127.120.0.10:8200");
    assertThat(external.exitCode()).as(external.text()).isZero();
    assertThat(external.text())
        .contains("externalIP of Service default/hello, port http")
        .contains("one of 3 endpoints");
    TestCluster.Output url = explain(state, "http://hello.localhost/");
    assertThat(url.exitCode()).as(url.text()).isZero();
    assertThat(url.text()).contains("Ingress default/hello").contains("host hello.localhost");
    assertThat(explain(state, "127.120.0.10:1").exitCode()).isEqualTo(1);
  }

  private static TestCluster.Output explain(Path state, String target) {
    return TestCluster.fairway("explain", target, "--state-dir", state.toString());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "damaged store      | store/cluster.mv | no store at all | cluster.mv cannot be opened",
        "kubeconfig folder  | kubeconfig/x/y   |                 | Is a directory",
        "other version      | version          | 99              | another version of Fairway (layout 99",
        "node folder a file | nodes/node-2     |                 | it exists and is no directory",
      })
  void whatIsWrongInTheStateDirectory_isOneLineAndExit1_andNothingIsLeft(
      String name, String file, @Nullable String content, String expected) throws Exception {
    Path state = folder.resolve("a state");
    Path wrong = state.resolve(file);
    Files.createDirectories(wrong.getParent());
    Files.writeString(wrong, content == null ? "" : content);
    TestCluster.Output output = TestCluster.fairway(up(state, "--detach", "--nodes", "2"));
    assertThat(output.exitCode()).as(output.text()).isEqualTo(1);
    assertThat(errorLines(output)).as(output.text()).hasSize(1);
    assertThat(output.text()).contains(expected).doesNotContain("unexpected");
    assertThat(state.resolve("status.json")).doesNotExist();
    assertThat(TestCluster.fairway("status", "--state-dir", state.toString()).text())
        .startsWith("no cluster runs in ");
  }

  @Test
  void aDamagedStatusFile_isNoObstacleForDown() throws Exception {
    Path state = Files.createDirectories(folder.resolve("state"));
    Files.writeString(state.resolve("status.json"), "[{");
    TestCluster.Output status = TestCluster.fairway("status", "--state-dir", state.toString());
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.text()).startsWith("no cluster runs in ").hasLineCount(1);
    assertThat(TestCluster.fairway("down", "--state-dir", state.toString()).exitCode()).isZero();
    assertThat(state.resolve("status.json")).doesNotExist();
  }

  @Test
  void sigtermInTheForeground_stopsCleanly() throws Exception {
    Path state = folder.resolve("state");
    List<String> command = new ArrayList<>(TestCluster.javaCommand());
    command.addAll(List.of(up(state)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    try {
      Path out = folder.resolve("out");
      long deadline = System.nanoTime() + TestCluster.PATIENCE.toNanos();
      while (!Files.readString(out).contains("Ctrl-C") && System.nanoTime() < deadline) {
        LockSupport.parkNanos(20_000_000);
      }
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(Files.readString(out)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(out)).isZero();
      assertThat(state.resolve("status.json")).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  private static String[] up(Path state, String... more) {
    List<String> words = new ArrayList<>(List.of("up", "--state-dir", state.toString()));
    for (String port : List.of("--api-port", "--dns-port", "--http-port", "--https-port")) {
      words.addAll(List.of(port, "0"));
    }
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void secondUpOnTheSameStateDirectory_isOneLineAndExit1_andTheFirstGoesOn() {
    Path state = folder.resolve("state");
    try (TestCluster cluster = TestCluster.up(state)) {
      TestCluster.Output second =
          TestCluster.fairway(
              "up",
              "--detach",
              "--state-dir",
              state.toString(),
              "--api-port",
              "0",
              "--dns-port",
              "0",
              "--http-port",
              "0",
              "--https-port",
              "0");
      assertThat(second.exitCode()).as(second.text()).isEqualTo(1);
      assertThat(errorLines(second)).hasSize(1);
      assertThat(cluster.status().get("ready").asBoolean()).isTrue();
    }
  }

  private static List<String> errorLines(TestCluster.Output output) {
    return output.text().lines().filter(line -> line.startsWith("fairway")).toList();
  }
}
