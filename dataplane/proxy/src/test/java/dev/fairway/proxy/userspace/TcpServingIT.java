// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePort;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static dev.fairway.proxy.userspace.Rig.unready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import java.io.IOException;
import java.net.ConnectException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("dev.fairway.proxy.userspace.Rig#transports")
class TcpServingIT {
  private static final String VIP = "127.96.1.10";

  private final int backendPort = freePort();
  private final TcpBackend one = TcpBackend.named("127.64.1.1", backendPort);
  private final TcpBackend two = TcpBackend.named("127.64.1.2", backendPort);
  private final int port = freePort();
  private Rig rig;

  TcpServingIT(Transport transport) {
    rig = new Rig(transport);
  }

  @BeforeEach
  void announce() {
    rig.publish(web(), tcp(backendPort, ready("127.64.1.1"), ready("127.64.1.2")));
  }

  @AfterEach
  void close() {
    rig.close();
    one.close();
    two.close();
  }

  private ServiceSettingsBuilder web() {
    return ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", Protocol.TCP, port, 0);
  }

  @Test
  void connections_reachEveryEndpoint() throws IOException {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      seen.add(TcpClient.nameAt(at(VIP, port)));
    }
    assertThat(seen).containsExactlyInAnyOrder("127.64.1.1", "127.64.1.2");
  }

  @Test
  void endpointThatLeft_getsNoNewConnection() throws IOException {
    rig.publish(web(), tcp(backendPort, ready("127.64.1.2"), unready("127.64.1.1")));
    for (int i = 0; i < 16; i++) {
      assertThat(TcpClient.nameAt(at(VIP, port))).isEqualTo("127.64.1.2");
    }
    assertThat(one.connections).hasValue(0);
  }

  @Test
  void noEndpoints_connectionIsRefused() {
    rig.publish(web(), tcp(backendPort));
    assertThatThrownBy(() -> TcpClient.nameAt(at(VIP, port)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("refused");
  }

  @Test
  void removedService_connectionIsRefused() {
    rig.remove("ns", "web");
    assertThatThrownBy(() -> TcpClient.nameAt(at(VIP, port))).isInstanceOf(ConnectException.class);
  }

  @Test
  void openConnection_survivesEveryChangeOfItsService() throws IOException {
    try (TcpClient client = new TcpClient(at(VIP, port))) {
      String name = client.readLine();
      rig.publish(web(), tcp(backendPort, unready("127.64.1.1"), unready("127.64.1.2")));
      client.send("still there?\n");
      assertThat(client.readLine()).isEqualTo("still there?");
      rig.remove("ns", "web");
      client.send("and now?\n");
      assertThat(client.readLine()).isEqualTo("and now?");
      assertThat(name).startsWith("127.64.1.");
    }
  }
}
