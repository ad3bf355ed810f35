// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.nginx.AnnotationCatalog.Support;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every annotation that works as with ingress-nginx: a value that is taken without a word, one
 * that is told to be wrong, and one at the edge of what is allowed. What values do is said by the
 * other tests of this package.
 */
class AnnotationRowsTest {
  /** Key, other annotations that it needs, values: accepted, rejected, at the edge. */
  private static final String TABLE =
      """
      affinity                                  | | cookie | ip | COOKIE
      affinity-canary-behavior                  | affinity=cookie | legacy | never | STICKY
      affinity-mode                             | affinity=cookie | persistent | x | Balanced
      allow-encoded-slashes                     | denylist-source-range=10.0.0.0/8 | true | x | 0
      allowlist-source-range                    | | 10.0.0.0/8,::1 | here | 10.0.0.1 , ,192.0.2.0/24
      app-root                                  | | /app | app | /
      auth-always-set-cookie                    | auth-url=http://auth.shop.svc | true | x | 0
      auth-cache-duration                       | auth-url=http://auth.shop.svc | 200 202 10m, 401 30s | soon | 200 0s
      auth-cache-key                            | auth-url=http://auth.shop.svc | $remote_user$http_x | $nonsense | constant
      auth-method                               | auth-url=http://auth.shop.svc | POST | FETCH | post
      auth-realm                                | auth-type=basic; auth-secret=users | Shop | a"b | x
      auth-request-redirect                     | auth-url=http://auth.shop.svc | https://$host$request_uri | $nonsense | /
      auth-response-headers                     | auth-url=http://auth.shop.svc | X-User,X-Groups | X User | X-User,,
      auth-secret                               | auth-type=basic | users | missing | shop/users
      auth-secret-type                          | auth-type=basic; auth-secret=users | auth-file | file | AUTH-FILE
      auth-signin                               | auth-url=http://auth.shop.svc | https://login.example/?rd=$escaped_request_uri | javascript:x | /login
      auth-signin-redirect-param                | auth-url=http://auth.shop.svc; auth-signin=/login | next | a b | _
      auth-tls-error-page                       | auth-tls-secret=ca | https://h/why | javascript:x | /why
      auth-tls-match-cn                         | auth-tls-secret=ca | CN=ann | ( | .*
      auth-tls-pass-certificate-to-upstream     | auth-tls-secret=ca | true | x | F
      auth-tls-verify-client                    | auth-tls-secret=ca | optional | maybe | OFF
      auth-tls-verify-depth                     | auth-tls-secret=ca | 2 | many | 0
      canary                                    | | true | x | 0
      canary-by-cookie                          | canary=true | c | a b | __Host-c
      canary-by-header                          | canary=true | x-c | a b | X
      canary-by-header-pattern                  | canary=true; canary-by-header=x | a.* | ( | ^$
      canary-by-header-value                    | canary=true; canary-by-header=x | v | LONG | always
      canary-weight                             | canary=true | 20 | -1 | 0
      canary-weight-total                       | canary=true | 200 | 0 | 1
      cors-allow-credentials                    | enable-cors=true | false | x | 1
      cors-allow-headers                        | enable-cors=true | X-A, X-B | X A | *
      cors-allow-methods                        | enable-cors=true | GET, PUT | GET PUT | *
      cors-allow-origin                         | enable-cors=true | https://*.a.example:8443 | nothing at all | https://a.example,
      cors-expose-headers                       | enable-cors=true | X-A | X A | *
      cors-max-age                              | enable-cors=true | 60 | x | -1
      default-backend                           | | pages | missing | pages
      denylist-source-range                     | | 10.0.0.0/8 | x | ::/0
      disable-proxy-intercept-errors            | default-backend=pages; custom-http-errors=404 | true | x | 0
      eject-after                               | | 3 | -1 | 0
      enable-access-log                         | | false | x | 1
      enable-cors                               | | true | x | T
      enable-global-auth                        | | false | x | TRUE
      endpoint-max-requests                     | | 10 | 0 | 1
      force-ssl-redirect                        | | true | yes | t
      from-to-www-redirect                      | | true | x | 0
      health-check-interval                     | health-check-path=/h | 5 | 0 | 1
      health-check-path                         | | /h | h | /
      health-check-timeout                      | health-check-path=/h | 5 | x | 1
      limit-allowlist                           | limit-rps=1 | 10.0.0.0/8 | x | ::1
      limit-burst-multiplier                    | limit-rps=1 | 2 | 0 | 1
      limit-connections                         | | 5 | -1 | 0
      limit-rate                                | | 5 | x | 0
      limit-rate-after                          | limit-rate=1 | 5 | x | 0
      limit-rpm                                 | | 5 | x | 0
      limit-rps                                 | | 5 | x | 0
      load-balance                              | | ewma | best | EWMA
      max-pending-requests                      | | 10 | -1 | 0
      mirror-host                               | mirror-target=http://c.shop.svc | c.example | a b | $host
      permanent-redirect                        | | https://x.example | javascript:x | /
      permanent-redirect-code                   | permanent-redirect=/x | 308 | 200 | 300
      preserve-trailing-slash                   | compat | true | x | 0
      proxy-body-size                           | | 8m | lots | 0
      proxy-connect-timeout                     | | 5 | 5s | 1
      proxy-cookie-domain                       | | a.example b.example | a | off
      proxy-cookie-path                         | | /a /b | a | off
      proxy-next-upstream                       | | error timeout http_503 | sometimes | off
      proxy-next-upstream-timeout               | | 10 | x | 0
      proxy-next-upstream-tries                 | | 2 | x | 0
      proxy-read-timeout                        | | 60 | 0 | 1
      proxy-redirect-from                       | proxy-redirect-to=http://b/ | http://a/ | a b | off
      proxy-redirect-to                         | proxy-redirect-from=http://a/ | http://b/ | a b | default
      proxy-send-timeout                        | | 60 | -1 | 1
      proxy-ssl-name                            | backend-protocol=HTTPS | web.example | a b | a
      proxy-ssl-secret                          | backend-protocol=HTTPS | ca | missing | shop/ca
      proxy-ssl-server-name                     | backend-protocol=HTTPS | on | x | OFF
      proxy-ssl-verify                          | backend-protocol=HTTPS; proxy-ssl-secret=ca | on | x | false
      relative-redirects                        | app-root=/a | true | x | f
      rewrite-target                            | | /x | a b | /
      satisfy                                   | | any | some | ALL
      server-alias                              | | other.example | bad host | a.example,,b.example
      session-cookie-change-on-failure          | affinity=cookie | true | x | 0
      session-cookie-conditional-samesite-none  | affinity=cookie | true | x | 0
      session-cookie-domain                     | affinity=cookie | shop.example | a b | .shop.example
      session-cookie-expires                    | affinity=cookie | 60 | -1 | 0
      session-cookie-max-age                    | affinity=cookie | 60 | x | 0
      session-cookie-name                       | affinity=cookie | c | a b | __Host-c
      session-cookie-partitioned                | affinity=cookie | true | x | 0
      session-cookie-path                       | affinity=cookie | /a | a | /
      session-cookie-samesite                   | affinity=cookie | Lax | Loose | NONE
      session-cookie-secure                     | affinity=cookie | true | x | 0
      slow-start                                | | 10 | -1 | 0
      ssl-passthrough                           | | true | x | 0
      ssl-redirect                              | | true | x | 0
      temporal-redirect                         | | /x | javascript:x | https://$host/
      temporal-redirect-code                    | temporal-redirect=/x | 307 | 309 | 308
      upstream-hash-by                          | | $host | $nonsense | constant
      upstream-hash-by-subset-size              | upstream-hash-by=$host; upstream-hash-by-subset=true | 5 | 65 | 64
      upstream-vhost                            | | a.example | a b | $host
      use-regex                                 | | true | x | 0
      x-forwarded-prefix                        | rewrite-target=/x | /p | a b | /$1
      """;

  private static final Map<ObjectKey, Secret> SECRETS = secrets();

  /** A row of the table. */
  private record Row(String key, String needs, String accepted, String rejected, String edge) {
    @Override
    public String toString() {
      return key;
    }
  }

  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : TABLE.lines().toList()) {
      String[] columns = line.split("\\|", -1);
      assertThat(columns).as(line).hasSize(5);
      String[] values = Arrays.stream(columns).map(String::strip).toArray(String[]::new);
      rows.add(new Row(values[0], values[1], values[2], values[3], values[4]));
    }
    return rows;
  }

  @Test
  void everySupportedAnnotationHasItsRow() {
    List<String> supported = new ArrayList<>();
    for (AnnotationCatalog.Entry entry : AnnotationCatalog.all()) {
      if (entry.support() == Support.SUPPORTED) {
        supported.add(entry.name());
      }
    }
    assertThat(rows()).extracting(Row::key).containsExactlyElementsOf(supported);
    assertThat(rows())
        .allSatisfy(
            row -> assertThat(List.of(row.accepted, row.rejected, row.edge)).doesNotContain(""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void valueIsTakenWithoutAWord(Row row) {
    assertThat(told(row, row.accepted)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void valueAtTheEdgeIsTakenWithoutAWord(Row row) {
    assertThat(told(row, row.edge)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void valueThatIsNotAllowedIsTold(Row row) {
    assertThat(told(row, row.rejected))
        .isNotEmpty()
        .allMatch(message -> message.startsWith("AnnotationInvalid"))
        .anyMatch(message -> message.contains(row.key));
  }

  private static List<String> told(Row row, String value) {
    Map<String, String> annotations = new HashMap<>(Annotated.parse(row.needs));
    annotations.put(row.key, value.equals("LONG") ? "x".repeat(9000) : value);
    TestObjects.IngressBuilder builder = TestObjects.ingress("a").createdSecond(1);
    annotations.forEach((key, text) -> builder.annotation(Annotated.PREFIX + key, text));
    List<Ingress> ingresses = new ArrayList<>();
    ingresses.add(builder.host("h").prefix("/", "web").build());
    if ("true".equals(annotations.get("canary"))) {
      ingresses.add(TestObjects.ingress("main").host("h").prefix("/", "web").build());
    }
    TranslatorOptions options =
        Annotated.options().withPassthrough(true).withIngressNginx(row.needs.equals("compat"));
    return new IngressTranslator(options)
            .translate(
                new IngressObjects(
                    ingresses, List.of(TestObjects.fairwayClass()), SECRETS, services()))
            .diagnostics()
            .stream()
            .map(diagnostic -> diagnostic.reason().text() + " " + diagnostic.message())
            .toList();
  }

  private static Map<ObjectKey, Secret> secrets() {
    Map<ObjectKey, Secret> secrets = new HashMap<>();
    String authority = TestCertificates.create("ca.example").certificate();
    secrets.putAll(Annotated.secret("ca", Map.of("ca.crt", authority)));
    secrets.putAll(
        Annotated.secret("users", Map.of("auth", "bob:$apr1$xy$TsPdyZQUg9o1dfca2PYPD0\n")));
    return secrets;
  }

  private static ServiceSnapshot services() {
    return ServiceSnapshot.of(
        1,
        List.of(TestObjects.service("web", List.of()), TestObjects.service("pages", List.of())),
        Set.of());
  }
}
