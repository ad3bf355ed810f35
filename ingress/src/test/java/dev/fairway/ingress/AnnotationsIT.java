// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TlsClient;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Annotations of ingress-nginx as they show on sockets. */
class AnnotationsIT {
  private static final String PREFIX = "nginx.ingress.kubernetes.io/";
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.service("web", fixture.backend("web"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void backendGetsTheRewrittenPathAndHost() throws IOException {
    serve(
        ingress("rewrite-target", "/$2", "upstream-vhost", "inner.example")
            .host("h")
            .path("ImplementationSpecific", "/app(/|$)(.*)", TestObjects.backend("web")));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/app/cart?x=1").body())
          .contains("GET /cart?x=1 HTTP/1.1", "Host: inner.example");
    }
  }

  @Test
  void noClientCanHaveOurFieldsRemovedByNamingThemInConnection() throws IOException {
    serve(
        ingress("rewrite-target", "/$1", "x-forwarded-prefix", "/app")
            .host("h")
            .path("ImplementationSpecific", "/app/(.*)", TestObjects.backend("web")));
    try (RawClient client = fixture.connect()) {
      client.send(
          "GET /app/x HTTP/1.1\r\nHost: h\r\nConnection: close, X-Forwarded-Prefix\r\n\r\n");
      assertThat(client.response().body()).contains("X-Forwarded-Prefix: /app");
    }
  }

  @Test
  void preflightIsAnsweredWithoutABody() throws IOException {
    serve(ingress("enable-cors", "true").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send(
          "OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://a\r\n"
              + "Access-Control-Request-Method: PUT\r\n\r\n");
      Response preflight = client.response();
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.field("Content-Length")).isEmpty();
      assertThat(preflight.field("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(client.get("h", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void largerBodiesAreRefused() throws IOException {
    serve(ingress("proxy-body-size", "1k").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1024\r\n\r\n" + "x".repeat(1024));
      assertThat(client.response().status()).isEqualTo(200);
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(413);
    }
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("800\r\n" + "x".repeat(2048) + "\r\n0\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(413);
    }
  }

  @Test
  void addressesThatAreNotAllowedGetNothing() throws IOException {
    serve(ingress("allowlist-source-range", "198.51.100.0/24").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(403);
    }
  }

  @Test
  void userWithTheRightPasswordPassesAndTheBackendDoesNotLearnIt() throws IOException {
    // made with htpasswd: bcrypt, apr1
    String file =
        "ann:$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u\n"
            + "bob:$apr1$xy$TsPdyZQUg9o1dfca2PYPD0\n";
    fixture.secrets(
        new Secret(
            ObjectMeta.of(TestObjects.NAMESPACE, "users"), "Opaque", Map.of("auth", base64(file))));
    serve(ingress("auth-type", "basic", "auth-secret", "users").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(authorized(client, "ann:secret").body())
          .contains("backend=web")
          .doesNotContain("Authorization");
      assertThat(authorized(client, "ann:secret").status()).isEqualTo(200);
      assertThat(authorized(client, "bob:correct horse battery staple").status()).isEqualTo(200);
      assertThat(authorized(client, "ann:wrong").status()).isEqualTo(401);
      assertThat(authorized(client, "bob:secret").status()).isEqualTo(401);
      assertThat(authorized(client, "eve:secret").status()).isEqualTo(401);
      assertThat(client.get("h", "/").status()).isEqualTo(401);
    }
  }

  @Test
  void canaryTakesItsShare() throws IOException {
    fixture.service("canary", fixture.backend("canary"));
    fixture.ingresses(
        ingress().host("h").prefix("/", "web").build(),
        TestObjects.ingress("canary")
            .annotation(PREFIX + "canary", "true")
            .annotation(PREFIX + "canary-weight", "25")
            .annotation(PREFIX + "canary-by-header", "X-Canary")
            .host("h")
            .prefix("/", "canary")
            .build());
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Canary: always\r\n\r\n");
      assertThat(client.response().field("X-Backend")).isEqualTo("canary");
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Canary: never\r\n\r\n");
      assertThat(client.response().field("X-Backend")).isEqualTo("web");
      int canary = 0;
      for (int i = 0; i < 200; i++) {
        canary += client.get("h", "/").field("X-Backend").equals("canary") ? 1 : 0;
      }
      assertThat(canary).isBetween(45, 55);
    }
  }

  @Test
  void sessionStaysWithItsEndpointWhileOthersComeAndGo() throws IOException {
    TestBackend[] pods = new TestBackend[4];
    for (int i = 0; i < pods.length; i++) {
      pods[i] = fixture.backend("pod-" + i);
    }
    fixture.service("web", pods[0], pods[1], pods[2]);
    serve(
        ingress("affinity", "cookie", "affinity-mode", "persistent").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      Response first = client.get("h", "/");
      String pod = first.field("X-Backend");
      String set = first.field("Set-Cookie");
      String cookie = set.substring(0, set.indexOf(';'));
      fixture.service("web", pods);
      for (int i = 0; i < 10; i++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: " + cookie + "\r\n\r\n");
        Response next = client.response();
        assertThat(next.field("X-Backend")).isEqualTo(pod);
        assertThat(next.field("Set-Cookie")).isEmpty();
      }
      fixture.service("web", pods[3]);
      client.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: " + cookie + "\r\n\r\n");
      Response moved = client.response();
      assertThat(moved.field("X-Backend")).isEqualTo("pod-3");
      assertThat(moved.field("Set-Cookie")).startsWith("INGRESSCOOKIE=");
    }
  }

  @Test
  void balancedSessionStaysWithItsEndpoint() throws IOException {
    fixture.service("web", fixture.backend("a"), fixture.backend("b"), fixture.backend("c"));
    serve(ingress("affinity", "cookie").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      Response first = client.get("h", "/");
      String set = first.field("Set-Cookie");
      for (int i = 0; i < 10; i++) {
        client.send(
            "GET / HTTP/1.1\r\nHost: h\r\nCookie: "
                + set.substring(0, set.indexOf(';'))
                + "\r\n\r\n");
        assertThat(client.response().field("X-Backend")).isEqualTo(first.field("X-Backend"));
      }
    }
  }

  @Test
  void authenticationServiceDecides() throws IOException {
    fixture.service(
        "auth",
        fixture.backend(
            "auth",
            (request, in, out) -> {
              boolean known = request.field("Cookie").contains("session=ann");
              String who = request.field("X-Original-Method") + request.field("Upgrade");
              TestBackend.respond(
                  out,
                  known ? "200 OK\r\nX-User: ann-" + who : "401 Unauthorized",
                  "x".repeat(200_000));
              return true;
            }));
    serve(
        ingress(
                "auth-url", "http://auth.shop.svc.cluster.local/check",
                "auth-response-headers", "X-User")
            .host("h")
            .prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(401);
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nCookie: session=ann\r\nContent-Length: 4\r\n\r\nbody");
      Response passed = client.response();
      assertThat(passed.status()).isEqualTo(200);
      assertThat(passed.body()).contains("backend=web", "x-user: ann-POST", "body");
    }
  }

  @Test
  void authenticationServiceOnTheSameHostIsAskedWithoutItsOwnGuards() throws IOException {
    fixture.service("sso", fixture.backend("sso", TestBackend.always("202 Accepted")));
    fixture.ingresses(
        ingress("auth-url", "https://$host/oauth2/auth").host("h").prefix("/", "web").build(),
        TestObjects.ingress("sso").host("h").prefix("/oauth2", "sso").build());
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").body()).contains("backend=web");
    }
  }

  @Test
  void authenticationServiceThatIsGoneLetsNobodyPass() throws IOException {
    TestBackend auth = fixture.backend("auth");
    fixture.service("auth", auth);
    auth.close();
    serve(ingress("auth-url", "http://auth.shop.svc/check").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(500);
      fixture.removeService("auth");
      assertThat(client.get("h", "/").status()).as("no such Service").isEqualTo(503);
    }
    serve(ingress("auth-url", "https://nobody.example/check").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).as("no such host").isEqualTo(503);
    }
  }

  @Test
  void certificateOfTheClientIsAskedForAndToldToTheBackend() throws Exception {
    TestCertificates.Authority authority = new TestCertificates.Authority("authority");
    TestCertificates.Pem server = TestCertificates.create("h");
    String ca =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(authority.certificate().getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    fixture.secrets(
        TestObjects.tlsSecret("tls", server.certificate(), server.key()),
        new Secret(
            ObjectMeta.of(TestObjects.NAMESPACE, "ca"), "Opaque", Map.of("ca.crt", base64(ca))));
    serve(ingress("auth-tls-secret", "ca").tls("tls", "h").host("h").prefix("/", "web"));
    Certificate ann = authority.client("ann", Instant.now().plusSeconds(600));
    try (RawClient client = overTls(TestCertificates.keyManagers(ann))) {
      assertThat(client.get("h", "/").body())
          .contains("ssl-client-verify: SUCCESS", "ssl-client-subject-dn: CN=ann");
    }
    try (RawClient nobody = overTls(new KeyManager[0])) {
      assertThat(nobody.get("h", "/").status()).isEqualTo(400);
    }
    Certificate stranger =
        new TestCertificates.Authority("other").client("ann", Instant.now().plusSeconds(600));
    try (RawClient client = overTls(TestCertificates.keyManagers(stranger))) {
      assertThat(client.get("h", "/").status()).isEqualTo(400);
    }
  }

  @Test
  void revokedCertificateIsRefused() throws Exception {
    TestCertificates.Authority authority = new TestCertificates.Authority("authority");
    Certificate ann = authority.client("ann", Instant.now().plusSeconds(600));
    Certificate bob = authority.client("bob", Instant.now().plusSeconds(600));
    TestCertificates.Pem server = TestCertificates.create("h");
    String ca =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(authority.certificate().getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    Instant now = Instant.now();
    String list = authority.revoked(now.minusSeconds(60), now.plusSeconds(600), bob.leaf());
    fixture.secrets(
        TestObjects.tlsSecret("tls", server.certificate(), server.key()),
        new Secret(
            ObjectMeta.of(TestObjects.NAMESPACE, "ca"),
            "Opaque",
            Map.of("ca.crt", base64(ca), "ca.crl", base64(list))));
    serve(ingress("auth-tls-secret", "ca").tls("tls", "h").host("h").prefix("/", "web"));
    try (RawClient client = overTls(TestCertificates.keyManagers(ann))) {
      assertThat(client.get("h", "/").status()).isEqualTo(200);
    }
    try (RawClient client = overTls(TestCertificates.keyManagers(bob))) {
      assertThat(client.get("h", "/").status()).isEqualTo(400);
    }
  }

  @Test
  void copiesHaveAHostOfTheirOwn() throws IOException {
    TestBackend copies = fixture.backend("copies");
    fixture.service("copies", copies);
    serve(
        ingress("mirror-target", "http://copies.shop.svc", "mirror-host", "copy.example")
            .host("h")
            .prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/x").body()).contains("Host: h");
    }
    GatewayFixture.await(() -> !copies.requests.isEmpty());
    assertThat(copies.requests.getFirst().field("Host")).isEqualTo("copy.example");
  }

  @Test
  void responseIsHeldBackInTheBackendBeyondItsRate() throws IOException {
    AtomicLong written = new AtomicLong();
    long total = 64L << 20;
    fixture.service(
        "large",
        fixture.backend(
            "large",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
              byte[] piece = new byte[1 << 16];
              for (long sent = 0; sent < total; sent += piece.length) {
                out.write(piece);
                written.addAndGet(piece.length);
              }
              return true;
            }));
    serve(ingress("limit-rate", "1", "limit-rate-after", "64").host("h").prefix("/", "large"));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.read(64 << 10)).hasSize(64 << 10);
      assertThat(written.get()).isLessThan(total);
    }
    fixture.service("web", fixture.backend("small"));
    serve(ingress("limit-rate", "1").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").body()).contains("backend=small");
      assertThat(client.get("h", "/").body()).contains("backend=small");
    }
  }

  private RawClient overTls(KeyManager[] own) throws IOException, GeneralSecurityException {
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpsAddress());
    return new RawClient(TlsClient.open(TlsClient.trusting(own), address, "h", _ -> {}));
  }

  @Test
  void pagesOfTheDefaultBackendReplaceErrors() throws IOException {
    fixture.service("pages", fixture.backend("pages"));
    fixture.service(
        "web",
        fixture.backend(
            "web",
            (request, in, out) -> {
              String status = request.line().split("[ /?]")[2];
              TestBackend.respond(out, status + " As Asked", "from web");
              return true;
            }));
    serve(
        ingress("custom-http-errors", "404,503", "default-backend", "pages")
            .host("h")
            .prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/404?x=1").body())
          .contains(
              "backend=pages",
              "GET / HTTP/1.1",
              "X-Code: 404",
              "X-Original-URI: /404?x=1",
              "X-Namespace: shop",
              "X-Ingress-Name: annotated",
              "X-Service-Name: web",
              "X-Service-Port: http",
              "X-Format: */*",
              "X-Request-ID: ");
      assertThat(client.get("h", "/500").body()).isEqualTo("from web");
      client.send(
          "POST /404 HTTP/1.1\r\nHost: h\r\nContent-Length: 43\r\n\r\n"
              + "GET /smuggled HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
      assertThat(client.response().body()).contains("backend=pages", "X-Code: 404");
      assertThat(client.get("h", "/200").body()).isEqualTo("from web");
      client.send("HEAD /404 HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.response(true).status()).isEqualTo(200);
    }
  }

  @Test
  void defaultBackendServesWhileThereIsNoEndpoint() throws IOException {
    fixture.service("pages", fixture.backend("pages"));
    fixture.service("web", List.of());
    serve(ingress("default-backend", "pages").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/a").body()).contains("backend=pages", "GET /a HTTP/1.1");
      fixture.service("web", fixture.backend("web"));
      assertThat(client.get("h", "/a").body()).contains("backend=web");
      fixture.service("web", List.of());
      fixture.service("pages", List.of());
      assertThat(client.get("h", "/a").status()).isEqualTo(503);
    }
  }

  @Test
  void answersOfGuardsAreNeverReplaced() throws IOException {
    fixture.service("pages", fixture.backend("pages"));
    serve(
        ingress(
                "custom-http-errors", "401,403,500,503",
                "default-backend", "pages",
                "auth-url", "http://missing.shop.svc/")
            .host("h")
            .prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(503);
    }
  }

  @Test
  void requestThatIsOverMakesRoomForTheNext() throws IOException {
    serve(ingress("limit-connections", "1").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect();
        RawClient other = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
      GatewayFixture.await(() -> fixture.gateway().counters().upstreamConnects() == 1);
      assertThat(other.get("h", "/").status()).isEqualTo(503);
      client.send("x");
      assertThat(client.response().status()).isEqualTo(200);
      assertThat(other.get("h", "/").status()).isEqualTo(200);
    }
  }

  private static Response authorized(RawClient client, String pair) throws IOException {
    client.send("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic " + base64(pair) + "\r\n\r\n");
    return client.response();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void serve(IngressBuilder ingress) {
    fixture.ingresses(ingress.build());
  }

  /** An Ingress with annotations, names and values in turn. */
  private static IngressBuilder ingress(String... annotations) {
    IngressBuilder builder = TestObjects.ingress("annotated");
    for (int i = 0; i < annotations.length; i += 2) {
      builder.annotation(PREFIX + annotations[i], annotations[i + 1]);
    }
    return builder;
  }
}
