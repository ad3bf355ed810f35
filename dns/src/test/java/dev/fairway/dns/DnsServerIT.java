// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server as {@code dig} sees it. */
class DnsServerIT {
  private DnsServer server;

  @BeforeEach
  void start() throws Exception {
    server = TestServers.start(TestServers.options());
    ClusterModel model = TestServers.webAndBig(200);
    model
        .service("default/web")
        .clusterIp("127.96.0.10")
        .port("http", "TCP", 80)
        .endpoint("127.64.0.1");
    server.onSnapshot(model.step());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void dig_getsTheClusterIpOverUdp() throws Exception {
    assertThat(dig("+short", "web.default.svc.cluster.local", "A")).containsExactly("127.96.0.10");
  }

  @Test
  void dig_retriesByTcpWhenTheAnswerIsTooLarge() throws Exception {
    assertThat(dig("+short", "big.default.svc.cluster.local", "A"))
        .hasSize(200)
        .doesNotHaveDuplicates();
  }

  @Test
  void dig_seesTheCodeOfAMissingName() throws Exception {
    assertThat(String.join("\n", dig("nope.default.svc.cluster.local", "A")))
        .contains("status: NXDOMAIN")
        .contains("flags: qr aa rd")
        .contains("ns.dns.cluster.local. hostmaster.cluster.local.");
  }

  private List<String> dig(String... arguments) throws Exception {
    assumeTrue(onPath("dig"), "dig is not on the PATH");
    List<String> command =
        new ArrayList<>(List.of("dig", "@127.0.0.1", "-p", "" + server.address().getPort()));
    command.addAll(List.of("+tries=1", "+time=5"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output.lines().toList();
  }

  private static boolean onPath(String program) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
      if (Path.of(folder, program).toFile().canExecute()) {
        return true;
      }
    }
    return false;
  }
}
