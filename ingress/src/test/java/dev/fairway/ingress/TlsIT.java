// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Pem;
import dev.fairway.ingress.tls.TlsClient;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, false",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, false",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, false",
    "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, false",
    "TLSv1.2, TLS_RSA_WITH_AES_128_GCM_SHA256, false",
    "TLSv1.2, TLS_RSA_WITH_AES_128_CBC_SHA, false",
    "TLSv1.3, TLS_AES_128_GCM_SHA256, true",
    "TLSv1.3, TLS_AES_256_GCM_SHA384, true",
    "TLSv1.3, TLS_CHACHA20_POLY1305_SHA256, true",
  })
  void ciphersKeepAndProveWhatTheyHide(String version, String cipher, boolean taken)
      throws Exception {
    try (SSLSocket socket =
        TlsClient.open(
            TlsClient.trusting(),
            https(),
            "foo.bar.com",
            parameters -> {
              parameters.setProtocols(new String[] {version});
              parameters.setCipherSuites(new String[] {cipher});
            })) {
      if (taken) {
        socket.startHandshake();
        assertThat(socket.getSession().getCipherSuite()).isEqualTo(cipher);
      } else {
        assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
      }
    }
  }

  @Test
  void nothingIsNegotiatedAgain() throws Exception {
    SSLSocket socket = connect("foo.bar.com", "TLSv1.2");
    try (RawClient client = new RawClient(socket)) {
      assertThat(client.get("foo.bar.com", "/").status()).isEqualTo(200);
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                client.get("foo.bar.com", "/");
              })
          .isInstanceOf(IOException.class);
    }
    try (RawClient other = new RawClient(connect("foo.bar.com", "TLSv1.2"))) {
      assertThat(other.get("foo.bar.com", "/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest(name = "connected for {0}, asks {1}: {2}")
  @CsvSource({
    "foo.bar.com, foo.bar.com, 200",
    "foo.bar.com, a.foo.com, 200",
    "foo.bar.com, mutual.com, 421",
    "unknown.com, mutual.com, 421",
    ", mutual.com, 421",
    "mutual.com, foo.bar.com, 421",
    "mutual.com, mutual.com, 400",
  })
  void hostOfAnotherClientPolicyIsMisdirected(String serverName, String host, int status)
      throws Exception {
    fixture.ingresses(
        TestObjects.ingress("open")
            .host("foo.bar.com")
            .prefix("/", "web")
            .host("*.foo.com")
            .prefix("/", "web")
            .tls("exact", "foo.bar.com")
            .tls("wild", "*.foo.com")
            .build(),
        TestObjects.ingress("mutual")
            .annotation("fairway.dev/auth-tls-secret", "ca")
            .host("mutual.com")
            .prefix("/", "web")
            .tls("mutual", "mutual.com")
            .build());
    Pem authority = TestCertificates.create("ca.example");
    fixture.secrets(
        secret("exact", "foo.bar.com"),
        secret("wild", "*.foo.com"),
        secret("mutual", "mutual.com"),
        new Secret(
            ObjectMeta.of(TestObjects.NAMESPACE, "ca"),
            "Opaque",
            Map.of(
                "ca.crt",
                Base64.getEncoder()
                    .encodeToString(authority.certificate().getBytes(StandardCharsets.US_ASCII)))));
    try (RawClient client = new RawClient(connect(serverName, "TLSv1.3"))) {
      assertThat(client.get(host, "/").status()).isEqualTo(status);
    }
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

  /** As files are that somebody put together by hand. */
  @Test
  void certificatesBehindTheFirstOneNeedNotBelongToIt() throws Exception {
    Pem one = TestCertificates.create("foo.bar.com");
    Pem other = TestCertificates.create("other.com");
    for (String more : List.of(one.certificate(), other.certificate())) {
      fixture.secrets(TestObjects.tlsSecret("exact", one.certificate() + more, one.key()));
      assertThat(certificateFor("foo.bar.com")).isEqualTo("foo.bar.com");
    }
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
    SSLSocket socket =
        TlsClient.open(
            TlsClient.trusting(),
            https(),
            serverName,
            parameters -> parameters.setProtocols(new String[] {protocol}));
    try {
      socket.startHandshake();
    } catch (SSLException refused) {
      socket.close();
      throw refused;
    }
    return socket;
  }
}
