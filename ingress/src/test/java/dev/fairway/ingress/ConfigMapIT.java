// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TlsClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the gateway's ConfigMap says, as it shows on sockets, from one change to the next. */
class ConfigMapIT {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.service("web", fixture.backend("web"));
    fixture.ingresses(web().build());
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void changeHoldsForTheNextRequestAndGoesWithItsKey() throws IOException {
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(200);
      fixture.config(Map.of("denylist-source-range", "127.0.0.0/8"));
      assertThat(client.get("h", "/").status()).isEqualTo(403);
      fixture.config(Map.of("force-ssl-redirect", "true", "http-redirect-code", "307"));
      assertThat(client.get("h", "/").status()).isEqualTo(307);
      fixture.config(Map.of());
      assertThat(client.get("h", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void largerBodiesAreRefused() throws IOException {
    fixture.config(Map.of("proxy-body-size", "1k"));
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(413);
    }
  }

  @Test
  void forwardedFieldsAreBelievedOfThoseNamed() throws IOException {
    assertThat(forwardedFor()).contains("X-Real-IP: 127.0.0.1");
    fixture.config(
        Map.of("use-forwarded-headers", "true", "proxy-real-ip-cidr", "198.51.100.0/24"));
    assertThat(forwardedFor()).contains("X-Original-Forwarded-For: 192.0.2.1");
    fixture.config(Map.of("use-forwarded-headers", "true"));
    assertThat(forwardedFor()).contains("X-Forwarded-For: 192.0.2.1, 127.0.0.1");
    fixture.config(Map.of());
    assertThat(forwardedFor()).contains("X-Original-Forwarded-For: 192.0.2.1");
  }

  private String forwardedFor() throws IOException {
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
      return client.response().body();
    }
  }

  @Test
  void loadBalancersBeginWithTheProxyProtocolWhereNamed() throws IOException {
    String request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    fixture.config(Map.of("use-proxy-protocol", "true", "proxy-real-ip-cidr", "127.0.0.0/8"));
    try (RawClient client = fixture.connect()) {
      client.send("PROXY TCP4 192.0.2.7 198.51.100.1 56324 80\r\n" + request);
      assertThat(client.response().body()).contains("X-Real-IP: 192.0.2.7");
    }
    fixture.config(Map.of());
    try (RawClient client = fixture.connect()) {
      assertThat(client.send(request).response().status()).isEqualTo(200);
    }
  }

  @Test
  void everyRequestIsPutToTheSharedService() throws IOException {
    TestBackend auth =
        fixture.backend(
            "auth",
            (request, in, out) -> {
              boolean known = request.field("X-Token").equals("right");
              TestBackend.respond(out, known ? "200 OK" : "401 Unauthorized", "");
              return true;
            });
    fixture.service("auth", auth);
    fixture.config(
        Map.of(
            "global-auth-url", "http://auth.shop.svc/check",
            "global-auth-signin", "https://login.example/",
            "no-auth-locations", "/public"));
    fixture.ingresses(
        web().prefix("/public", "web").build(),
        TestObjects.ingress("open")
            .annotation("nginx.ingress.kubernetes.io/enable-global-auth", "false")
            .host("open")
            .prefix("/", "web")
            .build());
    try (RawClient client = fixture.connect()) {
      Response unknown = client.get("h", "/a");
      assertThat(unknown.status()).isEqualTo(302);
      assertThat(unknown.field("Location")).isEqualTo("https://login.example/?rd=http://h%2Fa");
      client.send("GET /a HTTP/1.1\r\nHost: h\r\nX-Token: right\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(200);
      assertThat(client.get("h", "/public/x").status()).isEqualTo(200);
      assertThat(client.get("open", "/a").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest(name = "{0}={1}, {2} with {3}: {4}")
  @CsvSource({
    "ssl-protocols, TLSv1.3, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false",
    "ssl-protocols, TLSv1.3, TLSv1.3, TLS_AES_128_GCM_SHA256, true",
    "ssl-protocols, TLSv1.2, TLSv1.3, TLS_AES_128_GCM_SHA256, false",
    "ssl-ciphers, ECDHE-ECDSA-AES256-GCM-SHA384, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false",
    "ssl-ciphers, ECDHE-ECDSA-AES256-GCM-SHA384, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true",
    "ssl-ciphers, ECDHE-ECDSA-AES256-GCM-SHA384, TLSv1.3, TLS_AES_128_GCM_SHA256, true",
  })
  void handshakesAgreeToWhatIsNamed(
      String key, String value, String version, String cipher, boolean agreed) throws Exception {
    TestCertificates.Pem own = TestCertificates.create("h");
    fixture.ingresses(web().tls("tls", "h").build());
    fixture.secrets(TestObjects.tlsSecret("tls", own.certificate(), own.key()));
    fixture.config(Map.of(key, value));
    for (String name : List.of("h", "of-the-default-certificate")) {
      assertThat(isAgreed(name, version, cipher)).as(name).isEqualTo(agreed);
    }
    fixture.config(Map.of());
    assertThat(isAgreed("h", version, cipher)).as("without the key").isTrue();
  }

  @Test
  void handshakesForNamesOfNobodyAreRefused() throws Exception {
    TestCertificates.Pem own = TestCertificates.create("*.wild");
    fixture.ingresses(
        web().build(),
        TestObjects.ingress("wild").host("a.wild").prefix("/", "web").tls("tls", "*.wild").build());
    fixture.secrets(TestObjects.tlsSecret("tls", own.certificate(), own.key()));
    fixture.config(Map.of("ssl-reject-handshake", "true"));
    assertThat(certificate("h")).as("a host without a certificate").isEqualTo("ingress.local");
    assertThat(certificate("a.wild")).as("a host that a wildcard covers").isEqualTo("*.wild");
    for (String nobody : new String[] {"other", "x.h", null}) {
      assertThatThrownBy(() -> certificate(nobody))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("unrecognized_name");
    }
    fixture.config(Map.of());
    assertThat(certificate("other")).isEqualTo("ingress.local");
  }

  private String certificate(@Nullable String name) throws Exception {
    try (SSLSocket socket = open(name, _ -> {})) {
      socket.startHandshake();
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return String.valueOf(leaf.getSubjectAlternativeNames().iterator().next().get(1));
    }
  }

  private boolean isAgreed(String name, String version, String cipher) throws Exception {
    try (SSLSocket socket =
        open(
            name,
            parameters -> {
              parameters.setProtocols(new String[] {version});
              parameters.setCipherSuites(new String[] {cipher});
            })) {
      socket.startHandshake();
      return true;
    } catch (SSLException refused) {
      return false;
    }
  }

  private SSLSocket open(@Nullable String name, Consumer<SSLParameters> more) throws Exception {
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpsAddress());
    return TlsClient.open(TlsClient.trusting(), address, name, more);
  }

  @Test
  void statusOfLimitsIsTheOneNamed() throws IOException {
    fixture.config(Map.of("limit-req-status-code", "429"));
    fixture.ingresses(
        web()
            .annotation("nginx.ingress.kubernetes.io/limit-rpm", "1")
            .annotation("nginx.ingress.kubernetes.io/limit-burst-multiplier", "1")
            .build());
    try (RawClient client = fixture.connect()) {
      int status = 200;
      for (int i = 0; i < 4 && status == 200; i++) {
        status = client.get("h", "/").status();
      }
      assertThat(status).isEqualTo(429);
    }
  }

  @Test
  void startTakesTheLimitsOfConnections() throws IOException {
    try (GatewayFixture limited =
        new GatewayFixture(
            GatewayFixture.options().withConfig(Map.of("keep-alive-requests", "2")))) {
      limited.everythingTo(limited.backend("web"));
      try (RawClient client = limited.connect()) {
        assertThat(client.get("h", "/").field("Connection")).isEmpty();
        assertThat(client.get("h", "/").field("Connection")).isEqualTo("close");
      }
    }
  }

  private static IngressBuilder web() {
    return TestObjects.ingress("web").host("h").prefix("/", "web");
  }
}
