// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.kube.api.Ingress;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What users of ingress-nginx rely on, as it shows on sockets. */
class NginxFactsIT {
  private static final String PREFIX = "nginx.ingress.kubernetes.io/";
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    IngressOptions options = GatewayFixture.options();
    fixture =
        new GatewayFixture(options.withTranslator(options.translator().withIngressNginx(true)));
    fixture.service("web", fixture.backend("web"));
    fixture.service("next", fixture.backend("next"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @ParameterizedTest(name = "main has endpoints: {0}, canary has: {1}: {2} and {3}")
  @CsvSource({
    "true, true, 200, 200",
    "true, false, 200, 503",
    "false, true, 503, 200",
    "false, false, 503, 503",
  })
  void canary_sideWithoutEndpointsIs503TheOtherIsServed(
      boolean mainHas, boolean canaryHas, int main, int canary) throws IOException {
    if (!mainHas) {
      fixture.service("web");
    }
    if (!canaryHas) {
      fixture.service("next");
    }
    fixture.ingresses(web().build(), canary().build());
    assertThat(get("X-Canary: never").status()).isEqualTo(main);
    assertThat(get("X-Canary: always").status()).isEqualTo(canary);
  }

  @Test
  void canary_aloneIs404AndNeverACatchAll() throws IOException {
    fixture.ingresses(canary().build());
    assertThat(get("X-Canary: always").status()).isEqualTo(404);
    fixture.ingresses(
        canary().build(), TestObjects.ingress("o").host("o").prefix("/", "web").build());
    assertThat(get("X-Canary: always").status()).isEqualTo(404);
  }

  @ParameterizedTest(name = "the canary is older: {0}")
  @CsvSource({"true", "false"})
  void canary_worksWhicheverWasThereFirst(boolean older) throws IOException {
    Ingress main = web().createdSecond(5).build();
    Ingress canary = canary().createdSecond(older ? 1 : 9).build();
    fixture.ingresses(older ? canary : main);
    fixture.ingresses(main, canary);
    assertThat(get("X-Canary: always").body()).contains("backend=next");
    assertThat(get("X-Canary: never").body()).contains("backend=web");
    assertThat(get("X-Canary: neither").body()).contains("backend=web");
  }

  @Test
  void canary_changesOfMainlineTakeEffectForBoth() throws IOException {
    fixture.ingresses(web().build(), canary().build());
    fixture.ingresses(
        web().annotation(PREFIX + "denylist-source-range", "127.0.0.0/8").build(),
        canary().build());
    assertThat(get("X-Canary: always").status()).isEqualTo(403);
    assertThat(get("X-Canary: never").status()).isEqualTo(403);
  }

  @Test
  void tls_redirectEvenWhereTheSecretIsMissingAndNoneWhenTlsIsGone() throws IOException {
    fixture.ingresses(web().tls("missing", "h").build());
    assertThat(get("X: y").status()).isEqualTo(308);
    fixture.ingresses(web().build());
    assertThat(get("X: y").status()).isEqualTo(200);
    fixture.ingresses(web().tls("missing", "h").build());
    assertThat(get("X: y").status()).isEqualTo(308);
  }

  @ParameterizedTest(name = "trusted: {0}, X-Forwarded-Proto {1}: {2}")
  @CsvSource({
    "true, https, 200",
    "true, HTTPS, 200",
    "true, 'https, http', 200",
    "true, http, 308",
    "true, gopher, 308",
    "false, https, 308",
    "false, http, 308",
  })
  void forwarding_loadBalancerThatEndsTlsIsBelieved(boolean trusted, String proto, int status)
      throws IOException {
    fixture.config(Map.of("use-forwarded-headers", Boolean.toString(trusted)));
    fixture.ingresses(web().tls("missing", "h").build());
    Response response = get("X-Forwarded-Proto: " + proto);
    assertThat(response.status()).isEqualTo(status);
    if (status == 200) {
      assertThat(response.body()).contains("X-Forwarded-Proto: " + proto);
      assertThat(response.field("Strict-Transport-Security")).isNotEmpty();
    }
  }

  @Test
  void forwarding_whatOthersClaimIsKeptAsTheirClaim() throws IOException {
    fixture.ingresses(web().build());
    Response response =
        get(
            "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: evil\r\n"
                + "X-Original-Forwarded-Host: forged\r\nX-Forwarded-Port: 1");
    assertThat(response.body())
        .contains(
            "X-Original-Forwarded-For: 192.0.2.1",
            "X-Original-Forwarded-Host: evil",
            "X-Forwarded-Host: h",
            "X-Forwarded-For: 127.0.0.1")
        .doesNotContain("forged", "X-Forwarded-Port: 1\n");
  }

  @Test
  void auth_answerThatIsKeptHoldsWhenTheServiceIsGone() throws IOException {
    TestBackend auth = fixture.backend("auth", TestBackend.always("200 OK"));
    fixture.service("auth", auth);
    fixture.ingresses(
        web()
            .annotation(PREFIX + "auth-url", "http://auth.shop.svc/check")
            .annotation(PREFIX + "auth-cache-key", "$http_x")
            .build(),
        TestObjects.ingress("other")
            .annotation(PREFIX + "auth-url", "http://auth.shop.svc/check")
            .annotation(PREFIX + "auth-cache-key", "$http_x")
            .host("other")
            .prefix("/", "web")
            .build());
    assertThat(get("X: y").status()).isEqualTo(200);
    fixture.removeService("auth");
    assertThat(get("X: y").status()).isEqualTo(200);
    assertThat(get("X: other").status()).as("another key").isEqualTo(503);
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: other\r\nX: y\r\n\r\n");
      assertThat(client.response().status()).as("another place").isEqualTo(503);
    }
  }

  @Test
  void lifecycle_scaledToNothingAndBack() throws IOException {
    fixture.ingresses(web().build());
    TestBackend again = fixture.backend("again");
    assertThat(get("X: y").status()).isEqualTo(200);
    fixture.service("web");
    assertThat(get("X: y").status()).isEqualTo(503);
    fixture.service("web", again);
    assertThat(get("X: y").body()).contains("backend=again");
  }

  @Test
  void paths_hostWithoutPathsIs404AndHidesTheCatchAll() throws IOException {
    fixture.ingresses(
        TestObjects.ingress("bare").host("h").build(),
        TestObjects.ingress("all").createdSecond(1).host("").prefix("/", "web").build());
    assertThat(get("X: y").status()).isEqualTo(404);
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("elsewhere", "/").status()).isEqualTo(200);
    }
  }

  private static IngressBuilder web() {
    return TestObjects.ingress("web").host("h").prefix("/", "web");
  }

  private static IngressBuilder canary() {
    return TestObjects.ingress("canary")
        .annotation(PREFIX + "canary", "true")
        .annotation(PREFIX + "canary-by-header", "X-Canary")
        .host("h")
        .prefix("/", "next");
  }

  /** The answer to a GET of / on host h with header fields. */
  private Response get(String fields) throws IOException {
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n");
      return client.response();
    }
  }
}
