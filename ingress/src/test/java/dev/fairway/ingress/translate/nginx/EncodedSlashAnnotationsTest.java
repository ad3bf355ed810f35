// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoded slashes, which a backend may decode after somebody else decided about the path. */
class EncodedSlashAnnotationsTest {
  private static final Map<ObjectKey, Secret> SECRETS = secrets();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "allowed addresses | allowlist-source-range=192.0.2.0/24 | 400",
        "denied addresses | denylist-source-range=10.0.0.0/8 | 400",
        "basic authentication | auth-type=basic; auth-secret=users | 400",
        "an authentication service | auth-url=http://auth.shop.svc/check | 400",
        "certificates of clients, which they may have | auth-tls-secret=ca; auth-tls-verify-client=optional | 400",
        "one of several is enough | satisfy=any; auth-url=http://auth.shop.svc; allowlist-source-range=192.0.2.0/24 | 400",
        "nothing | | forward h /a%2Fb",
        "a limit of requests, which is the same for every path | limit-rps=5 | forward h /a%2Fb",
        "addresses, but they are allowed | denylist-source-range=10.0.0.0/8; allow-encoded-slashes=true | forward h /a%2Fb",
        "addresses, and what is allowed cannot be read | denylist-source-range=10.0.0.0/8; allow-encoded-slashes=maybe | 400",
      })
  void areRefusedWhereThePathIsGuardedBy(String guard, String annotations, String outcome) {
    Annotated result = Annotated.web(annotations == null ? "" : annotations, SECRETS);
    assertThat(result.get("https://h/a%2Fb")).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "/a%2Fb, 400",
    "/a%2fb, 400",
    "/a%5Cb, 400",
    "/a%5cb, 400",
    "/%2F, 400",
    "/a%2F, 400",
    "/%2e%2E%2f.., 400",
    "/a%252Fb, forward h /a%252Fb",
    "/a%2Ab, forward h /a%2Ab",
    "/a/b, forward h /a/b",
    "/a?b=%2F%5C, forward h /a?b=%2F%5C",
  })
  void allOfTheirFormsAreMeant(String path, String outcome) {
    Annotated result = Annotated.web("denylist-source-range=10.0.0.0/8");
    assertThat(result.get("https://h" + path)).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "block-cidrs=10.0.0.0/8, which keeps the same clients from every path | forward h /a%2Fb",
        "denylist-source-range=10.0.0.0/8 | 400",
        "global-auth-url=http://auth.shop.svc/check | 400",
        "global-auth-url=http://auth.shop.svc/check; no-auth-locations=/ | 400",
      })
  void guardsOfTheConfigMapCountToo(String config, String outcome) {
    String settings =
        config.contains(", which") ? config.substring(0, config.indexOf(',')) : config;
    Annotated result = Annotated.configured(Annotated.options(), settings, "");
    assertThat(result.get("https://h/a%2Fb")).isEqualTo(outcome);
  }

  private static Map<ObjectKey, Secret> secrets() {
    String authority = TestCertificates.create("ca.example").certificate();
    Map<ObjectKey, Secret> secrets = new HashMap<>();
    secrets.putAll(Annotated.secret("ca", Map.of("ca.crt", authority)));
    secrets.putAll(
        Annotated.secret("users", Map.of("auth", "bob:$apr1$xy$TsPdyZQUg9o1dfca2PYPD0\n")));
    return secrets;
  }
}
