// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
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
    List<String> command =
        new ArrayList<>(List.of("dig", "@127.0.0.1", "-p", "" + server.address().getPort()));
    command.addAll(List.of("+tries=1", "+time=5"));
    command.addAll(List.of(arguments));
    return Programs.run(command).lines().toList();
  }
}
