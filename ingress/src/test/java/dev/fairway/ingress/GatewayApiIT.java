// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.GatewayApiFixture.PORT;
import static dev.fairway.ingress.GatewayApiFixture.accepts;
import static dev.fairway.ingress.GatewayApiFixture.certificate;
import static dev.fairway.ingress.GatewayApiFixture.connected;
import static dev.fairway.ingress.GatewayApiFixture.gateway;
import static dev.fairway.ingress.GatewayApiFixture.route;
import static dev.fairway.ingress.GatewayApiFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.SliceEndpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Gateways with addresses of their own, on loopback, from the objects to the bytes. */
class GatewayApiIT {
  private static final int OTHER_PORT = 18_081;

  private final GatewayApiFixture fixture;
  private final InetSocketAddress address;
  private final TestBackend backend;

  GatewayApiIT() throws IOException {
    fixture = new GatewayApiFixture(GatewayFixture.options());
    address = fixture.at(PORT);
    backend = fixture.backend();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void aListenerIsServedWithTheFiltersOfItsRouteAsLongAsItExists() throws IOException {
    fixture.replace(
        gateway("{name: a, port: 18080, protocol: HTTP}, {name: b, port: 18081, protocol: HTTP}")
            + route(
                "HTTPRoute",
                "rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set:"
                    + " [{name: X-Team, value: shop}]}}, {type: URLRewrite, urlRewrite: {path:"
                    + " {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}], matches: [{path:"
                    + " {value: /old}}], backendRefs: [{name: web, port: 80}]}]"));
    try (RawClient client = new RawClient(connected(address));
        RawClient other = new RawClient(connected(fixture.at(OTHER_PORT)))) {
      client.send(
          "GET /old/x?y=z HTTP/1.1\r\nHost: a\r\nConnection: X-Team\r\nX-Team: forged\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(200);
      assertThat(backend.requests.getLast().line()).isEqualTo("GET /new/x?y=z HTTP/1.1");
      assertThat(backend.requests.getLast().field("x-team")).isEqualTo("shop");
      assertThat(client.get("a", "/elsewhere").status()).isEqualTo(404);

      fixture.replace(gateway("{name: b, port: 18081, protocol: HTTP}") + web());
      GatewayFixture.await(() -> !accepts(address));
      GatewayFixture.await(() -> status(other) == 200);
    }
  }

  @Test
  void aMirrorGetsTheRequestWithItsBodyAndItsAnswerIsIgnored() throws IOException {
    try (TestBackend copy =
        new TestBackend(
            "copy",
            (_, _, out) -> {
              out.write(
                  "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
              return true;
            })) {
      fixture.services(
          TestObjects.service(
              "web",
              List.of(new TestEndpoint(backend.address(), backend.port(), Conditions.AVAILABLE))),
          TestObjects.service(
              "copy",
              List.of(new TestEndpoint(copy.address(), copy.port(), Conditions.AVAILABLE))));
      fixture.replace(
          gateway("{name: a, port: 18080, protocol: HTTP}")
              + route(
                  "HTTPRoute",
                  "rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name:"
                      + " copy, port: 80}}}], backendRefs: [{name: web, port: 80}]}]"));
      try (RawClient client = new RawClient(connected(address))) {
        client.send(
            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n0\r\n\r\n");
        assertThat(client.response().status()).isEqualTo(200);
        GatewayFixture.await(() -> !copy.requests.isEmpty());
        assertThat(copy.requests.getFirst().line()).isEqualTo("POST /p HTTP/1.1");
        assertThat(copy.requests.getFirst().text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void aPortThatIsTakenDoesNotStopTheOthers() throws IOException {
    try (var taken = new ServerSocket()) {
      taken.bind(address);
      fixture.replace(
          gateway("{name: a, port: 18080, protocol: HTTP}, {name: b, port: 18081, protocol: HTTP}")
              + web());
      try (RawClient client = new RawClient(connected(fixture.at(OTHER_PORT)))) {
        assertThat(client.get("a", "/").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void connectionsOfATcpRouteAreRelayedAndEachDirectionEndsByItself() throws IOException {
    fixture.replace(
        gateway("{name: a, port: 18080, protocol: TCP}")
            + route("TCPRoute", "rules: [{backendRefs: [{name: web, port: 80}]}]"));
    try (Socket socket = connected(address)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(
              "GET /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 200");
      assertThat(backend.requests.getLast().field("host")).isEqualTo("x");
    }
  }

  @Test
  void aTcpRouteWithoutAnEndpointClosesConnections() throws IOException {
    fixture.replace(
        gateway("{name: a, port: 18080, protocol: TCP}")
            + route("TCPRoute", "rules: [{backendRefs: [{name: gone, port: 80}]}]"));
    try (Socket socket = connected(address)) {
      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void datagramsOfAUdpRouteComeBackFromTheAddressTheyWentTo() throws IOException {
    try (DatagramSocket echo = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        DatagramSocket client = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      Thread.ofVirtual().start(() -> echo(echo));
      fixture.services(udpService(echo.getLocalPort()));
      fixture.replace(
          gateway("{name: a, port: 18080, protocol: UDP}, {name: b, port: 18081, protocol: HTTP}")
              + route("UDPRoute", "rules: [{backendRefs: [{name: dns, port: 53}]}]"));
      connected(fixture.at(OTHER_PORT)).close();
      client.setSoTimeout(20_000);
      client.connect(address);
      for (String text : List.of("one", "two")) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        client.send(new DatagramPacket(bytes, bytes.length));
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        client.receive(answer);
        assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII))
            .isEqualTo(text + "!");
      }
    }
  }

  @Test
  void aUdpListenerTakesItsPortFromTheHttp3BesideHttps() throws IOException {
    String https =
        "{name: s, port: 18080, protocol: HTTPS, tls: {certificateRefs: [{name: certificate}]}}";
    try (DatagramSocket echo = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        DatagramSocket client = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      Thread.ofVirtual().start(() -> echo(echo));
      fixture.services(udpService(echo.getLocalPort()));
      fixture.replace(gateway(https) + certificate());
      connected(address).close();
      fixture.replace(
          gateway(https + ", {name: u, port: 18080, protocol: UDP}")
              + certificate()
              + "---\n"
              + route("UDPRoute", "rules: [{backendRefs: [{name: dns, port: 53}]}]"));
      client.setSoTimeout(100);
      client.connect(address);
      GatewayFixture.await(() -> answers(client));
      connected(address).close();
    }
  }

  private static boolean answers(DatagramSocket client) {
    try {
      client.send(new DatagramPacket(new byte[] {'x'}, 1));
      DatagramPacket answer = new DatagramPacket(new byte[10], 10);
      client.receive(answer);
      return answer.getLength() == 2;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static int status(RawClient client) {
    try {
      return client.get("a", "/").status();
    } catch (IOException ended) {
      throw new UncheckedIOException(ended);
    }
  }

  private static void echo(DatagramSocket socket) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        byte[] answer =
            (new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII) + "!")
                .getBytes(StandardCharsets.US_ASCII);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private static ServiceInfo udpService(int port) {
    return new ServiceInfo(
        ServiceInfo.Settings.of(TestObjects.NAMESPACE, "dns")
            .clusterIp("127.96.0.11")
            .port("dns", Protocol.UDP, 53, 0)
            .build(),
        List.of(
            new SliceEndpoints(
                "dns-1",
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort("dns", Protocol.UDP), port)),
                new EndpointTable.Builder()
                    .add(IpAddress.parse("127.0.0.1"), Conditions.AVAILABLE, null)
                    .build())));
  }
}
