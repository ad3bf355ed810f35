// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Section;

/** Limits of connections that RFC 7766 asks for. */
class TcpLimitsIT {
  private static final String WEB = "web.default.svc.cluster.local. A";

  private static DnsServer start(TcpOptions tcp) throws Exception {
    DnsServer server =
        TestServers.start(TestServers.options().withServer(ServerOptions.defaults().withTcp(tcp)));
    server.onSnapshot(TestServers.web().step());
    return server;
  }

  @Test
  void connection_isClosedAfterItsLastQueryIsAnswered() throws Exception {
    ByteArrayOutputStream queries = new ByteArrayOutputStream();
    for (int i = 0; i < 5; i++) {
      queries.writeBytes(TestClient.framed(TestClient.question(WEB)));
    }
    try (DnsServer server = start(new TcpOptions(Duration.ofSeconds(60), 10, 10, 128, 3));
        Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, queries.toByteArray());
      for (int i = 0; i < 3; i++) {
        assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(1);
      }
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  private static boolean isServed(DnsServer server) {
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(TestClient.question(WEB)));
      return TestClient.receive(socket).getSection(Section.ANSWER).size() == 1;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void idleConnections_areClosedSoonWhenConnectionsAreScarce() throws Exception {
    Socket[] sockets = new Socket[4];
    try (DnsServer server = start(new TcpOptions(Duration.ofSeconds(600), 4, 4, 128, 0))) {
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = TestClient.connect(server.address());
        TestClient.send(sockets[i], TestClient.framed(TestClient.question(WEB)));
        TestClient.receive(sockets[i]);
      }
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      boolean served = false;
      while (!served && System.nanoTime() < deadline) {
        served = isServed(server);
      }
      assertThat(served).describedAs("an idle one has made room").isTrue();
    } finally {
      for (Socket socket : sockets) {
        if (socket != null) {
          socket.close();
        }
      }
    }
  }
}
