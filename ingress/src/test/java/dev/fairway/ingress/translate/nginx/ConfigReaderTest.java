// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.tls.TlsRules;
import dev.fairway.ingress.translate.TranslatorOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the gateway's ConfigMap says holds where annotations say nothing else. */
class ConfigReaderTest {
  private static final TranslatorOptions OPTIONS = Annotated.options();
  private static final TranslatorOptions COMPAT = OPTIONS.withIngressNginx(true);

  private final List<String> told = new ArrayList<>();

  @ParameterizedTest(name = "{0} / {1}: {2} gives {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl-redirect=true                       |                    | http://h/    | 308"
            + " https://h/",
        "ssl-redirect=true                       | ssl-redirect=false | http://h/    | forward h /",
        "ssl-redirect=true; http-redirect-code=302 |                  | http://h/    | 302"
            + " https://h/",
        "force-ssl-redirect=true                 |                    | http://h/    | 308"
            + " https://h/",
        "force-ssl-redirect=true                 | force-ssl-redirect=false | http://h/ | forward h"
            + " /",
        "ssl-redirect=true; no-tls-redirect-locations=/ |             | http://h/    | forward h /",
        "ssl-redirect=true; no-tls-redirect-locations=/x, /y |        | http://h/    | 308"
            + " https://h/",
        "whitelist-source-range=198.51.100.0/24  |                    | https://h/   | 403",
        "whitelist-source-range=198.51.100.0/24  | allowlist-source-range=0.0.0.0/0 | https://h/ |"
            + " forward h /",
        "denylist-source-range=0.0.0.0/0         |                    | https://h/   | 403",
        "denylist-source-range=0.0.0.0/0         | denylist-source-range=198.51.100.1 | https://h/"
            + " | forward h /",
        "block-cidrs=0.0.0.0/0                   | allowlist-source-range=0.0.0.0/0 | https://h/ |"
            + " 403",
        "whitelist-source-range=                 |                    | https://h/   | forward h /",
      })
  void requestsAreServedSo(String config, String annotations, String url, String expected) {
    Annotated result =
        Annotated.configured(OPTIONS, config, annotations == null ? "" : annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.get(url)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl-redirect=perhaps",
        "force-ssl-redirect=2",
        "http-redirect-code=303",
        "http-redirect-code=200",
        "hsts=perhaps",
        "hsts-max-age=-1",
        "hsts-include-subdomains=x",
        "hsts-preload=x",
        "proxy-body-size=many",
        "proxy-connect-timeout=5s",
        "proxy-read-timeout=0",
        "proxy-send-timeout=-1",
        "proxy-next-upstream=sometimes",
        "proxy-next-upstream-tries=x",
        "proxy-next-upstream-timeout=x",
        "retry-non-idempotent=x",
        "custom-http-errors=200",
        "limit-req-status-code=200",
        "limit-conn-status-code=600",
        "no-auth-locations=public",
        "no-tls-redirect-locations=x y",
        "load-balance=best",
        "relative-redirects=x",
        "use-forwarded-headers=x",
        "use-proxy-protocol=x",
        "use-forwarded-headers=true; proxy-real-ip-cidr=here",
        "ssl-protocols=TLSv1 TLSv1.1",
        "ssl-ciphers=AES128-SHA:HIGH:!aNULL",
        "ssl-reject-handshake=x",
        "log-format-escape-json=x",
        "keep-alive=x",
        "keep-alive-requests=0",
        "client-header-timeout=0",
        "client-body-timeout=x",
        "max-worker-connections=0",
        "upstream-keepalive-connections=x",
        "upstream-keepalive-timeout=x",
        "worker-shutdown-timeout=x",
      })
  void valueThatIsNotAllowedIsToldOnceAndTheDefaultHolds(String config) {
    Annotated result = Annotated.configured(OPTIONS, config, "");
    assertThat(result.reasons()).containsExactly("KeyInvalid");
    assertThat(result.get("http://h/")).isEqualTo("forward h /");
    assertThat(result.route("http://h/").policy()).isEqualTo(RoutePolicy.DEFAULT);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "whitelist-source-range=everybody",
        "denylist-source-range=300.0.0.1",
        "block-cidrs=x",
        "global-auth-url=ftp://x",
        "global-auth-url=http://auth.shop.svc; global-auth-method=FETCH",
      })
  void guardThatCannotBeReadLetsNobodyPass(String config) {
    Annotated result = Annotated.configured(OPTIONS, config, "");
    assertThat(result.reasons()).containsExactly("KeyInvalid");
    assertThat(result.get("https://h/")).isEqualTo("503");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl-protocols=TLSv1.3 | [TLSv1.3] | 6 |",
        "ssl-protocols=TLSv1.2 TLSv1.3 | [TLSv1.3, TLSv1.2] | 6 |",
        "ssl-protocols=TLSv1.1 TLSv1.2 | [TLSv1.2] | 6 | [TLSv1.1]",
        "ssl-ciphers=ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256 | [TLSv1.3, TLSv1.2] | 2 |",
        "ssl-ciphers=ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:!MD5 | [TLSv1.3, TLSv1.2] | 1 | [AES128-SHA, !MD5]",
        "ssl-ciphers=TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-CHACHA20-POLY1305 | [TLSv1.3, TLSv1.2] | 1 |",
      })
  void versionsAndCiphersAreThoseNamed_weakOnesAreTold(
      String config, String protocols, int ciphers, String told) {
    Annotated result = Annotated.configured(OPTIONS, config, "");
    TlsRules rules = result.edge().tls();
    assertThat(rules.protocols()).hasToString(protocols);
    assertThat(rules.ciphers()).hasSize(3 + ciphers).contains("TLS_AES_128_GCM_SHA256");
    if (told == null) {
      assertThat(result.told()).isEmpty();
    } else {
      assertThat(result.told())
          .singleElement()
          .asString()
          .startsWith("UnsupportedKey")
          .contains(told);
    }
  }

  @Test
  void ciphersKeepTheirOrder() {
    String config = "ssl-ciphers=ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256";
    assertThat(Annotated.configured(OPTIONS, config, "").edge().tls().ciphers())
        .containsSubsequence(
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  }

  @Test
  void variablesOfTheAccessLogThatAreNotKnownAreTold() {
    Annotated result =
        Annotated.configured(
            OPTIONS.withConfig(Map.of("log-format-upstream", "$status $geoip_city")),
            "log-format-upstream=$status $geoip_city",
            "");
    assertThat(result.told())
        .singleElement()
        .asString()
        .startsWith("UnsupportedKey")
        .contains("[geoip_city]");
  }

  @Test
  void limitsOfRoutesAreThoseOfTheConfigMap() {
    RoutePolicy policy =
        Annotated.configured(
                OPTIONS,
                "proxy-body-size=2k; proxy-connect-timeout=1; proxy-send-timeout=2;"
                    + " proxy-read-timeout=3; proxy-next-upstream-tries=7",
                "proxy-read-timeout=9")
            .route("http://h/")
            .policy();
    assertThat(policy.maxRequestBody()).isEqualTo(2048);
    assertThat(policy.connectTimeout()).hasSeconds(1);
    assertThat(policy.sendTimeout()).hasSeconds(2);
    assertThat(policy.readTimeout()).hasSeconds(9);
    assertThat(policy.retries().attempts()).isEqualTo(7);
    assertThat(policy.retries().nonIdempotent()).isFalse();
  }

  @Test
  void bodiesWithoutLimitCanBeAskedForWhereIngressNginxHasOne() {
    assertThat(body(COMPAT, "")).isEqualTo(1 << 20);
    assertThat(body(COMPAT, "proxy-body-size=0")).isEqualTo(-1);
  }

  private static long body(TranslatorOptions options, String config) {
    return Annotated.configured(options, config, "").route("https://h/").policy().maxRequestBody();
  }

  @Test
  void methodsThatAreNotIdempotentAreTriedAgainWhereAskedFor() {
    assertThat(
            Annotated.configured(OPTIONS, "retry-non-idempotent=true", "")
                .route("http://h/")
                .policy()
                .retries()
                .nonIdempotent())
        .isTrue();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                     | max-age=31536000; includeSubDomains",
        "hsts=false                             | none",
        "hsts-max-age=60                        | max-age=60; includeSubDomains",
        "hsts-include-subdomains=false          | max-age=31536000",
        "hsts-preload=true                      | max-age=31536000; includeSubDomains; preload",
        "hsts-max-age=0; hsts-include-subdomains=0 | max-age=0",
      })
  void hstsIsSaidSo(String config, String expected) {
    Annotated result = Annotated.configured(COMPAT, config, "");
    assertThat(result.told()).isEmpty();
    String says = result.route("https://h/").filters().toString();
    if (expected.equals("none")) {
      assertThat(says).doesNotContain("HstsHeader");
    } else {
      assertThat(says).contains("HstsHeader[value=" + expected + "]");
    }
  }

  @Test
  void hstsCanBeAskedForWithoutTheHabitsOfIngressNginx() {
    assertThat(Annotated.configured(OPTIONS, "hsts=true", "").route("https://h/").filters())
        .hasSize(1);
    assertThat(Annotated.configured(OPTIONS, "", "").route("https://h/").filters()).isEmpty();
  }

  @Test
  void statusesOfLimitsAreThoseOfTheConfigMap() {
    Annotated result =
        Annotated.configured(
            OPTIONS,
            "limit-req-status-code=429; limit-conn-status-code=420",
            "limit-rps=1; limit-burst-multiplier=1; limit-connections=1");
    String filters = result.route("https://h/").filters().toString();
    assertThat(filters).contains("status=429").contains("status=420");
  }

  @Test
  void everyPathIsPutToTheSharedService() {
    String config = "global-auth-url=http://auth.shop.svc/check; global-auth-method=POST";
    Annotated result = Annotated.configured(OPTIONS, config, "");
    assertThat(result.told()).isEmpty();
    assertThat(result.route("https://h/").filters().toString())
        .contains("ExternalAuth")
        .contains("method=POST");
    assertThat(result.upstreams()).extracting(Object::toString).contains("shop/auth:80");
  }

  @ParameterizedTest(name = "{0} / {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "no-auth-locations=/                 | ''",
        "no-auth-locations=/public,/         | ''",
        "hsts=false                          | enable-global-auth=false",
      })
  void somePathsAreNotPutToIt(String config, String annotations) {
    Annotated result =
        Annotated.configured(
            OPTIONS, "global-auth-url=http://auth.shop.svc/check;" + config, annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.get("https://h/")).isEqualTo("forward h /");
  }

  @Test
  void ownServiceOfAnIngressComesInsteadOfTheSharedOne() {
    Annotated result =
        Annotated.configured(
            OPTIONS,
            "global-auth-url=http://auth.shop.svc/check",
            "auth-url=http://mine.shop.svc/; enable-global-auth=false");
    assertThat(result.upstreams())
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("shop/web:http", "shop/mine:80");
  }

  @ParameterizedTest(name = "{0}: trusts {1}, PROXY of {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                                          | []                | []",
        "use-forwarded-headers=true                                  | [0.0.0.0/0, ::/0] | []",
        "use-forwarded-headers=true; proxy-real-ip-cidr=10.0.0.0/8   | [10.0.0.0/8]      | []",
        "use-proxy-protocol=true; proxy-real-ip-cidr=10.0.0.0/8,::1  | []                |"
            + " [10.0.0.0/8, ::1/128]",
        "proxy-real-ip-cidr=10.0.0.0/8                               | []                | []",
      })
  void connectionsComeFromThere(String config, String trusted, String proxyProtocol) {
    Annotated result = Annotated.configured(OPTIONS, config, "");
    assertThat(result.told()).isEmpty();
    assertThat(result.edge().trusted().toString()).isEqualTo(trusted);
    assertThat(result.edge().proxyProtocol().toString()).isEqualTo(proxyProtocol);
  }

  @Test
  void valueBeforeHoldsUntilThereIsARightOneAgain() {
    ConfigReader reader = reader(Map.of());
    assertThat(reader.read(Map.of("http-redirect-code", "301"), this::tell).https().status())
        .isEqualTo(301);
    assertThat(reader.read(Map.of("http-redirect-code", "no"), this::tell).https().status())
        .isEqualTo(301);
    assertThat(reader.read(Map.of("http-redirect-code", "bad"), this::tell).https().status())
        .isEqualTo(301);
    assertThat(told).hasSize(2);
    assertThat(reader.read(Map.of(), this::tell).https().status()).isEqualTo(308);
  }

  @Test
  void guardThatWasRightOnceHoldsOn() {
    ConfigReader reader = reader(Map.of());
    reader.read(Map.of("whitelist-source-range", "10.0.0.0/8"), this::tell);
    assertThat(reader.read(Map.of("whitelist-source-range", "all"), this::tell).access().allowed())
        .hasToString("[10.0.0.0/8]");
  }

  @Test
  void oneWrongValueLeavesTheOthers() {
    GlobalSettings settings =
        reader(Map.of())
            .read(Map.of("http-redirect-code", "x", "ssl-redirect", "true"), this::tell);
    assertThat(settings.https().whereTls()).isTrue();
    assertThat(told).singleElement().asString().startsWith("INVALID http-redirect-code");
  }

  @Test
  void changeOfWhatTheGatewayStartedWithNeedsARestart() {
    Map<String, String> start = Map.of("keep-alive", "10", "keep-alive-requests", "5");
    ConfigReader reader = reader(start);
    reader.read(start, this::tell);
    assertThat(told).isEmpty();
    Map<String, String> changed = new HashMap<>(start);
    changed.put("keep-alive", "20");
    changed.put("max-worker-connections", "7");
    reader.read(changed, this::tell);
    assertThat(told)
        .containsExactly(
            "RESTART take effect when the gateway is started again, not before:"
                + " [keep-alive, max-worker-connections]");
  }

  @Test
  void startTakesWhatIsRight() {
    StartSettings start =
        StartSettings.read(Map.of("keep-alive", "10", "keep-alive-requests", "many"));
    assertThat(start.idle()).hasSeconds(10);
    assertThat(start.requests()).isZero();
  }

  @Test
  void openPathsAreThoseOfRulesNotOfRequests() {
    Annotated result =
        Annotated.configured(
            OPTIONS, "global-auth-url=http://auth.shop.svc/check; no-auth-locations=/public", "");
    assertThat(result.send(FakeRequest.get("https://h/public/x"))).doesNotStartWith("forward");
  }

  private static ConfigReader reader(Map<String, String> started) {
    return new ConfigReader(GlobalSettings.of(RoutePolicy.DEFAULT, false, false), started);
  }

  private void tell(Problems.Kind kind, String message) {
    told.add(kind + " " + message);
  }
}
