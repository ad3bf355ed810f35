// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.http1.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cross-origin requests. */
class CorsAnnotationsTest {
  @Test
  void defaultsAreThoseOfIngressNginx() {
    FakeRequest request = preflight("https://any.example");
    assertThat(Annotated.web("enable-cors=true").send(request)).isEqualTo("204");
    HttpFields fields = request.response();
    assertThat(fields.get("access-control-allow-origin")).isEqualTo("*");
    assertThat(fields.get("access-control-allow-credentials")).isEqualTo("true");
    assertThat(fields.get("access-control-allow-methods"))
        .isEqualTo("GET, PUT, POST, DELETE, PATCH, OPTIONS");
    assertThat(fields.get("access-control-allow-headers"))
        .isEqualTo(
            "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,"
                + "Content-Type,Range,Authorization");
    assertThat(fields.get("access-control-max-age")).isEqualTo("1728000");
  }

  @ParameterizedTest(name = "allowed {0}, origin {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "https://a.example                 | https://a.example        | https://a.example",
        "https://a.example                 | HTTPS://A.example        | HTTPS://A.example",
        "https://a.example                 | http://a.example         | ''",
        "https://a.example                 | https://a.example:8443   | ''",
        "https://a.example:8443            | https://a.example:8443   | https://a.example:8443",
        "https://a.example,https://b.example, | https://b.example     | https://b.example",
        "https://*.a.example               | https://x.a.example      | https://x.a.example",
        "https://*.a.example               | https://a.example        | ''",
        "https://*.a.example               | https://x.y.a.example    | ''",
        "https://*.a.example               | https://x.a.example:8443 | ''",
        "https://*.a.example:8443          | https://x.a.example:8443 | https://x.a.example:8443",
        "https://*.a.example               | https://evil.example/.a.example | ''",
        "foo://bar                         | foo://bar                | foo://bar",
        "foo://*.bar.com                   | foo://x.bar.com          | foo://x.bar.com",
        "*                                 | https://any.example      | *",
        "''                                | https://any.example      | *",
      })
  void originMustBeOneOfThoseNamed(String allowed, String origin, String answered) {
    Annotated result = Annotated.web("enable-cors=true; cors-allow-origin=" + allowed);
    assertThat(result.told()).isEmpty();
    FakeRequest request = FakeRequest.request("GET", "http://h/", "Origin", origin);
    assertThat(result.send(request)).isEqualTo("forward h /");
    assertThat(request.response().get("access-control-allow-origin"))
        .isEqualTo(answered.isEmpty() ? null : answered);
  }

  @Test
  void preflightOfAnotherOriginIsTheBackendsBusiness() {
    FakeRequest request = preflight("https://b.example");
    assertThat(Annotated.web("enable-cors=true; cors-allow-origin=https://a.example").send(request))
        .isEqualTo("forward h /");
    assertThat(request.response().get("vary")).isEqualTo("Origin");
  }

  @Test
  void valuesOfTheBackendAreReplaced() {
    FakeRequest request = FakeRequest.request("GET", "http://h/", "Origin", "https://a.example");
    Annotated.web(
            "enable-cors=true; cors-expose-headers=X-One,X-Two; cors-max-age=600; "
                + "cors-allow-credentials=false; cors-allow-methods=GET; cors-allow-headers=X-Three")
        .send(request);
    HttpFields fields = new HttpFields();
    fields.add("Access-Control-Allow-Origin", "https://backend.example");
    fields.add("access-control-allow-credentials", "true");
    request.response(fields);
    assertThat(fields.combined("access-control-allow-origin")).isEqualTo("*");
    assertThat(fields.get("access-control-allow-credentials")).isNull();
    assertThat(fields.get("access-control-expose-headers")).isEqualTo("X-One,X-Two");
    assertThat(fields.get("access-control-max-age")).isEqualTo("600");
    assertThat(fields.get("access-control-allow-methods")).isEqualTo("GET");
    assertThat(fields.get("access-control-allow-headers")).isEqualTo("X-Three");
  }

  @Test
  void refusalsCarryTheFieldsToo() {
    FakeRequest request = FakeRequest.request("GET", "http://h/", "Origin", "https://a.example");
    Annotated result = Annotated.web("enable-cors=true; allowlist-source-range=198.51.100.0/24");
    assertThat(result.send(request)).isEqualTo("403");
    assertThat(request.response().get("access-control-allow-origin")).isEqualTo("*");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "cors-allow-methods=GET; POST{}",
        "cors-allow-headers=X-One, X Two",
        "cors-expose-headers=X-One: x",
        "cors-max-age=day",
        "cors-allow-credentials=maybe",
        "cors-allow-origin=https://a.example/path,https://b.example",
        "cors-allow-origin=https://*.*.example,https://b.example",
        "cors-allow-origin=https://a.example$,https://b.example",
      })
  void valueThatIsNotAllowedIsTold(String annotation) {
    String name = annotation.substring(0, annotation.indexOf('='));
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            java.util.Map.of(),
            Annotated.ingress("a", "enable-cors=true")
                .annotation(Annotated.PREFIX + name, annotation.substring(name.length() + 1))
                .host("h")
                .prefix("/", "web")
                .build());
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
  }

  @Test
  void originsThatCannotBeReadAllowNobody() {
    Annotated result = Annotated.web("enable-cors=true; cors-allow-origin=https://a b");
    FakeRequest request = preflight("https://a");
    assertThat(result.send(request)).isEqualTo("forward h /");
    assertThat(request.response().get("access-control-allow-origin")).isNull();
  }

  private static FakeRequest preflight(String origin) {
    return FakeRequest.request(
        "OPTIONS", "http://h/", "Origin", origin, "Access-Control-Request-Method", "PUT");
  }
}
