// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.translate.TranslatorOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Redirects to HTTPS, elsewhere, to the application's root and to the other name of a host. */
class RedirectAnnotationsTest {
  private static final TranslatorOptions COMPAT = Annotated.options().withIngressNginx(true);

  @ParameterizedTest(name = "{0}: {1} {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl-redirect=true            | http://h/a/?q=1  | 308 https://h/a/?q=1",
        "ssl-redirect=true            | http://h:8080/a  | 308 https://h/a",
        "ssl-redirect=true            | https://h/a      | forward h /a",
        "ssl-redirect=false           | http://h/a       | forward h /a",
        "''                           | http://h/a       | forward h /a",
        "ssl-redirect=T               | http://h/a       | 308 https://h/a",
        "ssl-redirect=true | http://h/.well-known/acme-challenge/to-ken_1 | forward h /.well-known/acme-challenge/to-ken_1",
        "ssl-redirect=true | http://h/.well-known/acme-challenge/a/b | 308 https://h/.well-known/acme-challenge/a/b",
        "ssl-redirect=true | http://h/.well-known/acme-challenge/ | 308 https://h/.well-known/acme-challenge/",
        "app-root=/app                | http://h/        | 302 http://h/app",
        "app-root=/app                | https://h:8443/  | 302 https://h:8443/app",
        "app-root=/app                | http://h/x       | forward h /x",
        "app-root=/app; relative-redirects=true | http://h/ | 302 /app",
        "permanent-redirect=https://other.example/x | http://h/a | 301 https://other.example/x",
        "permanent-redirect=https://o$request_uri; permanent-redirect-code=308 | http://h/a?b=c | 308 https://o/a?b=c",
        "temporal-redirect=/there     | http://h/a       | 302 /there",
        "temporal-redirect=/there; temporal-redirect-code=307 | http://h/a | 307 /there",
        "temporal-redirect=/t; permanent-redirect=/p | http://h/a | 302 /t",
        "permanent-redirect=https://o/?to=$escaped_request_uri | http://h/a?b=c | 301 https://o/?to=%2Fa%3Fb%3Dc",
        "permanent-redirect=https://o/?to=$arg_x | http://h/?x=a%0d%0ab%20c | 301 https://o/?to=a%0D%0Ab%20c",
      })
  void valueThatIsAllowedRedirects(String annotations, String url, String outcome) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.get(url)).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl-redirect=yes",
        "force-ssl-redirect=on",
        "app-root=app",
        "app-root=https://evil.example/",
        "permanent-redirect=javascript:alert(1)",
        "permanent-redirect=ftp://h/",
        "permanent-redirect=https://o/ x",
        "permanent-redirect=https://o/$unknown",
        "permanent-redirect=https://o/$",
        "permanent-redirect-code=200",
        "temporal-redirect-code=309",
        "temporal-redirect-code=abc",
        "from-to-www-redirect=maybe",
      })
  void valueThatIsNotAllowedIsToldAndWithoutEffect(String annotations) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.get("http://h/a")).isEqualTo("forward h /a");
  }

  @Test
  void forcedRedirectNeedsNoCertificate() {
    Annotated result =
        Annotated.path(Annotated.options(), "Prefix", "/", "force-ssl-redirect=true");
    assertThat(result.get("http://h/a")).isEqualTo("308 https://h/a");
    assertThat(result.get("https://h/a")).isEqualTo("forward h /a");
  }

  @Test
  void ownPrefixWinsOverThatOfNginx() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress("a", "force-ssl-redirect=true")
                .annotation("fairway.dev/force-ssl-redirect", "false")
                .host("h")
                .prefix("/", "web")
                .build());
    assertThat(result.get("http://h/a")).isEqualTo("forward h /a");
  }

  @Test
  void prefixOfTheAnnotationsCanBeConfigured() {
    TranslatorOptions options = Annotated.options().withAnnotationPrefix("corp.example");
    Annotated result =
        Annotated.compile(
            options,
            Map.of(),
            Annotated.ingress("a", "force-ssl-redirect=true")
                .annotation("corp.example/app-root", "/app")
                .host("h")
                .prefix("/", "web")
                .build());
    assertThat(result.get("http://h/")).isEqualTo("302 http://h/app");
    assertThat(result.get("http://h/x")).isEqualTo("forward h /x");
    assertThat(result.told()).isEmpty();
  }

  @Test
  void classNginxRedirectsHostsWithTlsByDefault() {
    TranslatorOptions options = TranslatorOptions.of("nginx", "fairway.dev/ingress");
    Annotated result =
        Annotated.compile(
            options,
            Map.of(),
            Annotated.ingress("a", "").tls("", "h").host("h").prefix("/", "web").build(),
            Annotated.ingress("b", "").host("plain").prefix("/", "web").build());
    assertThat(result.get("http://h/a/")).isEqualTo("308 https://h/a/");
    assertThat(result.get("http://plain/a/")).isEqualTo("forward plain /a/");
  }

  @Test
  void tlsOfAnotherIngressOfTheHostCounts() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress("a", "ssl-redirect=true").host("h").prefix("/a", "web").build(),
            Annotated.ingress("b", "").tls("", "h").host("h").prefix("/b", "web").build());
    assertThat(result.get("http://h/a")).isEqualTo("308 https://h/a");
    assertThat(result.get("http://h/b")).isEqualTo("forward h /b");
  }

  @ParameterizedTest(name = "compat, {0}: {1} {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                           | http://h/a/     | 308 https://h/a",
        "''                           | http://h/       | 308 https://h",
        "''                           | http://h/a/?x=1 | 308 https://h/a/?x=1",
        "preserve-trailing-slash=true | http://h/a/     | 308 https://h/a/",
        "ssl-redirect=false           | http://h/a/     | forward h /a/",
      })
  void ingressNginxRedirectsWithoutTheSlash(String annotations, String url, String outcome) {
    Annotated result =
        Annotated.compile(
            COMPAT,
            Map.of(),
            Annotated.ingress("a", annotations).tls("", "h").host("h").prefix("/", "web").build());
    assertThat(result.get(url)).isEqualTo(outcome);
  }

  @Test
  void ingressNginxTellsBrowsersToStayWithHttps() {
    Annotated result =
        Annotated.compile(
            COMPAT,
            Map.of(),
            Annotated.ingress("a", "").tls("", "h").host("h").prefix("/", "web").build());
    FakeRequest https = FakeRequest.get("https://h/");
    FakeRequest http = FakeRequest.get("http://h/");
    result.send(https);
    result.send(http);
    assertThat(https.response().get("strict-transport-security"))
        .isEqualTo("max-age=31536000; includeSubDomains");
    assertThat(http.response().get("strict-transport-security")).isNull();
    FakeRequest plain = FakeRequest.get("https://h/");
    Annotated.web("").send(plain);
    assertThat(plain.response().get("strict-transport-security")).isNull();
  }

  @ParameterizedTest(name = "host {0}: {1} {2}")
  @CsvSource({
    "example.com, http://www.example.com/a?b, 308 http://example.com/a?b",
    "www.example.com, https://example.com/a, 308 https://www.example.com/a",
    "www.example.com, http://www.example.com/a, forward www.example.com /a",
    "*.example.com, http://www.example.com/a, forward www.example.com /a",
  })
  void nameWithAndWithoutWwwLeadToTheOneThatIsServed(String host, String url, String outcome) {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress("a", "from-to-www-redirect=true")
                .host(host)
                .prefix("/", "w")
                .build());
    assertThat(result.get(url)).isEqualTo(outcome);
  }

  @Test
  void hostThatIsServedIsNotRedirectedToItsOtherName() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress("a", "from-to-www-redirect=true").host("h").prefix("/", "w").build(),
            Annotated.ingress("b", "").host("www.h").prefix("/", "w").build());
    assertThat(result.get("http://www.h/a")).isEqualTo("forward www.h /a");
    assertThat(result.told()).isEmpty();
  }
}
