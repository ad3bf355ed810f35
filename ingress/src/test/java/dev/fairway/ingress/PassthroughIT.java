// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Pem;
import dev.fairway.service.EndpointTable.Conditions;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections for one name go to a backend as they are, beside names that the gateway serves. */
class PassthroughIT {
  private GatewayFixture backend;
  private GatewayFixture edge;

  @BeforeEach
  void start() throws IOException {
    backend = new GatewayFixture();
    backend.everythingTo(backend.backend("inner"));
    serveTls(backend, "pass.example", "web");
    edge =
        new GatewayFixture(
            GatewayFixture.options()
                .withTranslator(GatewayFixture.options().translator().withPassthrough(true)));
    InetSocketAddress inner = https(backend);
    edge.service(
        "secure",
        List.of(
            new TestEndpoint(
                inner.getAddress().getHostAddress(), inner.getPort(), Conditions.AVAILABLE)));
    edge.service("web", edge.backend("outer"));
    serveTls(edge, "end.example", "web");
  }

  @AfterEach
  void stop() {
    edge.close();
    backend.close();
  }

  @Test
  void backendShowsItsOwnCertificateAndGetsWhatTheClientSays() throws Exception {
    try (SSLSocket socket = connect("pass.example");
        RawClient client = new RawClient(socket)) {
      assertThat(nameOf(socket)).isEqualTo("pass.example");
      for (int i = 0; i < 3; i++) {
        RawClient.Response response = client.get("pass.example", "/" + i);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).contains("backend=inner", "GET /" + i);
      }
    }
  }

  @Test
  void otherNamesAreServedByTheGateway() throws Exception {
    try (SSLSocket socket = connect("end.example");
        RawClient client = new RawClient(socket)) {
      assertThat(nameOf(socket)).isEqualTo("end.example");
      assertThat(client.get("end.example", "/").body()).contains("backend=outer");
      assertThat(client.get("pass.example", "/").status()).isEqualTo(421);
    }
    try (SSLSocket unknown = connect("elsewhere.example")) {
      assertThat(nameOf(unknown)).isEqualTo("ingress.local");
    }
  }

  @Test
  void plainHttpOfTheHostIsServedByTheGateway() throws Exception {
    try (RawClient client = edge.connect()) {
      assertThat(client.get("pass.example", "/app").body()).contains("backend=outer");
    }
  }

  @Test
  void hostEndsTlsAtTheGatewayAgainWhenTheAnnotationIsGone() throws Exception {
    edge.ingresses(TestObjects.ingress("end").host("pass.example").prefix("/", "web").build());
    try (SSLSocket socket = connect("pass.example")) {
      assertThat(nameOf(socket)).isEqualTo("ingress.local");
    }
  }

  @Test
  void connectionIsClosedWhereTheBackendHasNoEndpoint() throws Exception {
    edge.service("secure");
    try (Socket socket = new Socket()) {
      socket.connect(https(edge));
      socket.setSoTimeout(20_000);
      SSLContext context = SSLContext.getDefault();
      SSLSocket over =
          (SSLSocket) context.getSocketFactory().createSocket(socket, "pass.example", 443, false);
      assertThat(catchThrowable(over::startHandshake)).isInstanceOf(IOException.class);
    }
  }

  private static void serveTls(GatewayFixture gateway, String host, String service) {
    Pem pem = TestCertificates.create(host);
    gateway.secrets(TestObjects.tlsSecret("own", pem.certificate(), pem.key()));
    gateway.ingresses(
        TestObjects.ingress("end").tls("own", host).host(host).prefix("/", service).build(),
        TestObjects.ingress("pass")
            .createdSecond(1)
            .annotation("nginx.ingress.kubernetes.io/ssl-passthrough", "true")
            .host("pass.example")
            .prefix("/app", "web")
            .prefix("/", "secure")
            .build());
  }

  private static InetSocketAddress https(GatewayFixture gateway) {
    return Objects.requireNonNull(gateway.gateway().httpsAddress());
  }

  private static String nameOf(SSLSocket socket) throws Exception {
    X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return String.valueOf(leaf.getSubjectAlternativeNames().iterator().next().get(1));
  }

  private SSLSocket connect(String serverName) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    InetSocketAddress at = https(edge);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(at.getAddress(), at.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(serverName)));
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}
