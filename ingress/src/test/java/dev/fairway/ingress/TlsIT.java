// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Pem;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which certificate clients see, and that secrets come and go without a restart. */
class TlsIT {
  private static final String DEFAULT = "ingress.local";
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.service("web", fixture.backend("a"));
    fixture.ingresses(
        TestObjects.ingress("shop")
            .host("foo.bar.com")
            .prefix("/", "web")
            .host("*.foo.com")
            .prefix("/", "web")
            .tls("exact", "foo.bar.com")
            .tls("wild", "*.foo.com")
            .tls("broken", "broken.com")
            .build());
    fixture.secrets(
        secret("exact", "foo.bar.com"),
        secret("wild", "*.foo.com"),
        TestObjects.tlsSecret("broken", "no", "pem"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void serverNamePicksTheCertificate() throws Exception {
    assertThat(certificateFor("foo.bar.com")).isEqualTo("foo.bar.com");
    assertThat(certificateFor("FOO.bar.com")).isEqualTo("foo.bar.com");
    assertThat(certificateFor("x.foo.com")).isEqualTo("*.foo.com");
    assertThat(certificateFor("y.x.foo.com")).isEqualTo(DEFAULT);
    assertThat(certificateFor("other.com")).isEqualTo(DEFAULT);
    assertThat(certificateFor("broken.com")).isEqualTo(DEFAULT);
    assertThat(certificateFor(null)).isEqualTo(DEFAULT);
  }

  @Test
  void requestsPassAndTheBackendLearnsTheScheme() throws Exception {
    try (RawClient client = new RawClient(connect("foo.bar.com", "TLSv1.3"))) {
      for (int i = 0; i < 3; i++) {
        RawClient.Response response = client.get("foo.bar.com", "/" + i);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).contains("X-Forwarded-Proto: https");
      }
    }
  }

  @Test
  void tls12Works() throws Exception {
    try (RawClient client = new RawClient(connect("foo.bar.com", "TLSv1.2"))) {
      assertThat(client.get("foo.bar.com", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void olderTlsIsRefused() {
    assertThatThrownBy(() -> connect("foo.bar.com", "TLSv1.1")).isInstanceOf(Exception.class);
  }

  @Test
  void rotatedSecretServesNewHandshakesAndLeavesOpenConnections() throws Exception {
    X509Certificate before = leaf("foo.bar.com");
    try (RawClient open = new RawClient(connect("foo.bar.com", "TLSv1.3"))) {
      fixture.secrets(secret("exact", "foo.bar.com"));
      assertThat(leaf("foo.bar.com").getPublicKey()).isNotEqualTo(before.getPublicKey());
      assertThat(open.get("foo.bar.com", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void deletedSecretFallsBackAndRecreatedOneReturns() throws Exception {
    fixture.secrets();
    assertThat(certificateFor("foo.bar.com")).isEqualTo(DEFAULT);
    fixture.secrets(secret("exact", "foo.bar.com"));
    assertThat(certificateFor("foo.bar.com")).isEqualTo("foo.bar.com");
  }

  @Test
  void certificateThatDoesNotCoverItsHostIsNotServed() throws Exception {
    fixture.secrets(secret("exact", "elsewhere.com"));
    assertThat(certificateFor("foo.bar.com")).isEqualTo(DEFAULT);
  }

  @Test
  void keyOfAnotherCertificateIsNotServed() throws Exception {
    Pem one = TestCertificates.create("foo.bar.com");
    Pem other = TestCertificates.create("foo.bar.com");
    fixture.secrets(TestObjects.tlsSecret("exact", one.certificate(), other.key()));
    assertThat(certificateFor("foo.bar.com")).isEqualTo(DEFAULT);
  }

  @Test
  void redirectToHttpsNamesOurPortAndSparesTheChallenge() throws Exception {
    fixture.ingresses(
        TestObjects.ingress("shop")
            .annotation("fairway.dev/ssl-redirect", "true")
            .host("foo.bar.com")
            .prefix("/", "web")
            .tls("exact", "foo.bar.com")
            .build());
    int port = https().getPort();
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get("foo.bar.com:80", "/a/?b=c");
      assertThat(response.status()).isEqualTo(308);
      assertThat(response.field("Location")).isEqualTo("https://foo.bar.com:" + port + "/a/?b=c");
      assertThat(client.get("foo.bar.com", "/.well-known/acme-challenge/t").status())
          .isEqualTo(200);
    }
    try (RawClient client = new RawClient(connect("foo.bar.com", "TLSv1.3"))) {
      assertThat(client.get("foo.bar.com", "/").status()).isEqualTo(200);
    }
  }

  private static Secret secret(String name, String host) {
    Pem pem = TestCertificates.create(host);
    return TestObjects.tlsSecret(name, pem.certificate(), pem.key());
  }

  private String certificateFor(@Nullable String serverName) throws Exception {
    return nameOf(leaf(serverName));
  }

  private static String nameOf(X509Certificate leaf) throws CertificateParsingException {
    return String.valueOf(leaf.getSubjectAlternativeNames().iterator().next().get(1));
  }

  private X509Certificate leaf(@Nullable String serverName) throws Exception {
    try (SSLSocket socket = connect(serverName, "TLSv1.3")) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private InetSocketAddress https() {
    return Objects.requireNonNull(fixture.gateway().httpsAddress());
  }

  private SSLSocket connect(@Nullable String serverName, String protocol)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(https().getAddress(), https().getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {protocol});
    if (serverName != null) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (SSLException refused) {
      socket.close();
      throw refused;
    }
    return socket;
  }

  /** The test looks at certificates itself. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
