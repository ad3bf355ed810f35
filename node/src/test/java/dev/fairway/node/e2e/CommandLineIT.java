// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
