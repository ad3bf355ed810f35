// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.BackendProtocol;
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
      assertThat(said(peers)).containsExactlyElementsOf(expected(CLIENTS));
      fixture.gateway().close();
      assertThat(peers.lines())
          .containsExactlyElementsOf(CLIENTS.stream().map(client -> client + " ended").toList());
    }
  }

  /**
   * A backend of HTTP/2 alone: a gateway, of which the test above says that it takes WebSockets.
   */
  @Test
  void whatPeersSayPassesOverStreamsToTheBackend() throws IOException {
    try (Python peers = Python.script("websocket_peers.py");
        GatewayFixture inner = new GatewayFixture();
        UpstreamFixture outer = new UpstreamFixture(BackendProtocol.HTTP2, null)) {
      int port = Integer.parseInt(peers.line());
      inner.service(
          "chat", List.of(new TestObjects.TestEndpoint("127.0.0.1", port, Conditions.AVAILABLE)));
      inner.ingresses(TestObjects.ingress("chat").defaultBackend("chat").build());
      outer.endpoints(Objects.requireNonNull(inner.gateway().httpAddress()).getPort());
      peers.tell(outer.listen(null).getPort() + " 0 h1 h2");
      assertThat(said(peers)).containsExactlyElementsOf(expected(List.of("h1", "h2")));
    }
  }

  private static List<String> said(Python peers) throws IOException {
    List<String> said = new ArrayList<>();
    for (String line = peers.line(); !line.equals("held"); line = peers.line()) {
      assertThat(line).as(() -> "after " + said + peers.rest()).startsWith("h");
      said.add(line);
    }
    return said;
  }

  private static List<String> expected(List<String> clients) {
    List<String> lines = new ArrayList<>();
    for (String client : clients) {
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
