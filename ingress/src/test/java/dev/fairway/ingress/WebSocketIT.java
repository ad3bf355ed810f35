// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointTable.Conditions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * WebSockets over HTTP/1.1, HTTP/2 and HTTP/3 between clients and a server of other projects, where
 * they can be installed.
 */
class WebSocketIT {
  private static final List<String> CLIENTS = List.of("h1", "h1 tls", "h2", "h2 tls", "h3");

  @Test
  void whatPeersSayPassesOverEveryProtocol() throws IOException {
    IngressOptions options = GatewayFixture.options().withEventLoops(2, Duration.ofMillis(200));
    try (Python peers = Python.script("websocket_peers.py");
        GatewayFixture fixture = new GatewayFixture(options)) {
      int port = Integer.parseInt(peers.line());
      fixture.service(
          "chat", List.of(new TestObjects.TestEndpoint("127.0.0.1", port, Conditions.AVAILABLE)));
      fixture.ingresses(TestObjects.ingress("chat").defaultBackend("chat").build());
      int clear = Objects.requireNonNull(fixture.gateway().httpAddress()).getPort();
      int encrypted = Objects.requireNonNull(fixture.gateway().httpsAddress()).getPort();
      peers.tell(clear + " " + encrypted);
      List<String> said = new ArrayList<>();
      for (String line = peers.line(); !line.equals("held"); line = peers.line()) {
        assertThat(line).as(() -> "after " + said + peers.rest()).startsWith("h");
        said.add(line);
      }
      assertThat(said).containsExactlyElementsOf(expected());
      fixture.gateway().close();
      assertThat(peers.lines())
          .containsExactlyElementsOf(CLIENTS.stream().map(client -> client + " ended").toList());
    }
  }

  private static List<String> expected() {
    List<String> lines = new ArrayList<>();
    for (String client : CLIENTS) {
      lines.add(client + " text 'gr\\xfc\\xdfe'");
      lines.add(client + " binary b'\\x00\\xff'");
      lines.add(client + " empty b''");
      lines.add(client + " 1 MiB True");
      lines.add(client + " ping");
      lines.add(client + " closed by the client 4002 bye 4002");
      lines.add(client + " closed by the server 4001 enough");
      lines.add(client + " ping of the server: pong seen");
      lines.add(client + " fragments [b'three', b'two', b'one']");
      lines.add(client + " extensions ['permessage-deflate'] superchat True");
      lines.add(client + " refused 403");
      if (client.equals("h1") || client.equals("h2 tls")) {
        lines.add(client + " slow server True all");
        lines.add(client + " slow client True 67108864");
      }
    }
    return lines;
  }
}
