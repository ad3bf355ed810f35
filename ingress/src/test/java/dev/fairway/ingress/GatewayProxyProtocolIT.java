// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.GatewayApiFixture.PORT;
import static dev.fairway.ingress.GatewayApiFixture.connected;
import static dev.fairway.ingress.GatewayApiFixture.gateway;
import static dev.fairway.ingress.GatewayApiFixture.route;
import static dev.fairway.ingress.GatewayApiFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.service.EndpointTable.Conditions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Gateways behind load balancers that name their clients in the PROXY protocol. */
class GatewayProxyProtocolIT {
  private static final String HEADER = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n";
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String TRUSTED = "127.0.0.0/8";

  private final GatewayApiFixture fixture;

  GatewayProxyProtocolIT() throws IOException {
    fixture = new GatewayApiFixture(GatewayFixture.options());
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void theClientOfARequestIsTheOneThatTheLoadBalancerNames() throws IOException {
    fixture.replace(behind(TRUSTED, "{name: a, port: 18080, protocol: HTTP}") + web());
    try (RawClient client = client()) {
      client.send(HEADER + REQUEST);
      assertThat(client.response().body()).contains("X-Forwarded-For: 192.0.2.7");
    }
    try (RawClient client = client()) {
      client.send(REQUEST);
      assertThat(client.isEnded()).as("a load balancer must send the header").isTrue();
    }
  }

  @Test
  void othersAreServedWithoutAndCannotNameAnybody() throws IOException {
    fixture.replace(behind("192.0.2.0/24", "{name: a, port: 18080, protocol: HTTP}") + web());
    try (RawClient client = client()) {
      client.send(REQUEST);
      assertThat(client.response().body()).contains("X-Forwarded-For: 127.0.0.1");
      client.send(HEADER + REQUEST);
      assertThat(client.response().status()).isEqualTo(400);
    }
  }

  @Test
  void theAnnotationIsFollowedWhenItChanges() throws IOException {
    String listener = "{name: a, port: 18080, protocol: HTTP}";
    fixture.replace(gateway(listener) + web());
    connected(fixture.at(PORT)).close();
    fixture.replace(behind(TRUSTED, listener) + web());
    GatewayFixture.await(() -> endsWithoutHeader());
    fixture.replace(behind("", listener) + web());
    GatewayFixture.await(() -> !endsWithoutHeader());
  }

  private boolean endsWithoutHeader() {
    try (RawClient client = client()) {
      client.send(REQUEST);
      return client.isEnded();
    } catch (IOException ended) {
      return true;
    }
  }

  @Test
  void aTcpRouteGetsWhatFollowsTheHeader() throws IOException {
    fixture.replace(
        behind(TRUSTED, "{name: a, port: 18080, protocol: TCP}")
            + route("TCPRoute", "rules: [{backendRefs: [{name: web, port: 80}]}]"));
    try (RawClient client = client()) {
      client.send(HEADER.substring(0, 9)).send(HEADER.substring(9) + REQUEST);
      assertThat(client.response().status()).isEqualTo(200);
    }
    assertThat(fixture.backend().requests.getLast().line()).isEqualTo("GET / HTTP/1.1");
    try (RawClient client = client()) {
      client.send(REQUEST);
      assertThat(client.isEnded()).as("a load balancer must send the header").isTrue();
    }
    assertThat(fixture.backend().requests).hasSize(1);
  }

  @Test
  void aHandshakeThatIsPassedOnBeginsBehindTheHeader() throws IOException {
    byte[] hello = clientHello("a.example");
    try (ServerSocket endpoint = new ServerSocket()) {
      endpoint.bind(new InetSocketAddress("127.0.0.1", 0));
      fixture.services(
          TestObjects.service(
              "web",
              List.of(
                  new TestEndpoint("127.0.0.1", endpoint.getLocalPort(), Conditions.AVAILABLE))));
      fixture.replace(
          behind(TRUSTED, "{name: a, port: 18080, protocol: TLS, tls: {mode: Passthrough}}")
              + route(
                  "TLSRoute",
                  "hostnames: [a.example], rules: [{backendRefs: [{name: web, port: 80}]}]"));
      try (Socket client = connected(fixture.at(PORT))) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HEADER.getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(hello);
        OutputStream out = client.getOutputStream();
        out.write(bytes.toByteArray());
        out.flush();
        try (Socket accepted = endpoint.accept()) {
          accepted.setSoTimeout(20_000);
          assertThat(accepted.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
        }
      }
    }
  }

  private static byte[] clientHello(String serverName) throws IOException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(serverName, 443);
      engine.setUseClientMode(true);
      ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), record);
      return Arrays.copyOf(record.array(), record.position());
    } catch (NoSuchAlgorithmException absent) {
      throw new IOException(absent);
    }
  }

  private RawClient client() throws IOException {
    return new RawClient(connected(fixture.at(PORT)));
  }

  private static String behind(String loadBalancers, String listeners) {
    return gateway(listeners)
        .replace(
            "name: edge, namespace: shop,",
            "name: edge, namespace: shop, annotations: {fairway.dev/proxy-protocol-from: '"
                + loadBalancers
                + "'},");
  }
}
