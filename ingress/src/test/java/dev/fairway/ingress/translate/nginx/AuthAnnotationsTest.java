// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.SubRequest;
import dev.fairway.ingress.route.SubResponse;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that another service decides about. */
class AuthAnnotationsTest {
  private static final String URL = "auth-url=http://auth.sso.svc.cluster.local:4180/check";

  @ParameterizedTest(name = "the service answers {0}: {1}")
  @CsvSource({
    "200, forward h /a?b=c",
    "202, forward h /a?b=c",
    "204, forward h /a?b=c",
    "299, forward h /a?b=c",
    "401, 401",
    "403, 403",
    "301, 500",
    "404, 500",
    "500, 500",
    "502, 500",
    "0, 500",
  })
  void onlySuccessLetsARequestPass(int status, String outcome) {
    FakeRequest request =
        FakeRequest.get("http://h/a?b=c").whereServicesAnswer(_ -> answer(status));
    assertThat(Annotated.web(URL).send(request)).isEqualTo(outcome);
  }

  @Test
  void questionCarriesTheRequestWithoutItsBody() {
    FakeRequest request =
        FakeRequest.request(
            "POST",
            "https://h:8443/a?b=c",
            "Cookie",
            "session=1",
            "Authorization",
            "Bearer x",
            "Content-Length",
            "5",
            "Connection",
            "Upgrade",
            "Upgrade",
            "websocket",
            "X-Original-URL",
            "http://forged/",
            "X-Auth-Request-Redirect",
            "http://forged/");
    Annotated result = Annotated.web(URL);
    assertThat(result.send(request)).isEqualTo("pending");
    SubRequest asked = Objects.requireNonNull(request.asked());
    assertThat(asked.method()).isEqualTo("GET");
    assertThat(asked.authority()).isEqualTo("auth.sso.svc.cluster.local:4180");
    assertThat(asked.pathAndQuery()).isEqualTo("/check");
    HttpFields fields = asked.fields();
    assertThat(fields.combined("cookie")).isEqualTo("session=1");
    assertThat(fields.combined("authorization")).isEqualTo("Bearer x");
    assertThat(fields.combined("x-original-url")).isEqualTo("https://h:8443/a?b=c");
    assertThat(fields.combined("x-original-method")).isEqualTo("POST");
    assertThat(fields.combined("x-auth-request-redirect")).isEqualTo("/a?b=c");
    assertThat(fields.combined("content-length")).isNull();
    assertThat(fields.combined("upgrade")).isNull();
    assertThat(fields.combined("connection")).isNull();
  }

  @ParameterizedTest(name = "{0}: {1}, TLS {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "http://auth.sso.svc.cluster.local/x  | sso/auth:80   | false",
        "http://auth.sso.svc:4180/            | sso/auth:4180 | false",
        "https://auth.sso.svc.cluster.local   | sso/auth:443  | true",
        "https://$host/oauth2/auth            | own           | false",
        "https://sso.example.com/auth         | own           | false",
        "http://169.254.169.254/latest        | own           | false",
        "http://127.0.0.1:10254/metrics       | own           | false",
      })
  void serviceOfTheClusterIsAskedDirectly(String url, String upstream, boolean tls) {
    FakeRequest request = FakeRequest.get("http://h/");
    Annotated result = Annotated.web("auth-url=" + url);
    assertThat(result.told()).isEmpty();
    result.send(request);
    UpstreamSpec spec = Objects.requireNonNull(request.asked()).upstream();
    if (upstream.equals("own")) {
      assertThat(spec).isNull();
    } else {
      assertThat(spec).hasToString(upstream);
      assertThat(Objects.requireNonNull(spec).tls() != null).isEqualTo(tls);
      assertThat(result.upstreams()).contains(spec);
    }
  }

  @Test
  void hostOfTheRequestCanBeTheHostOfTheService() {
    FakeRequest request = FakeRequest.get("http://h/");
    Annotated.web("auth-url=https://$host/auth?u=$request_uri").send(request);
    assertThat(Objects.requireNonNull(request.asked()).authority()).isEqualTo("h");
    assertThat(Objects.requireNonNull(request.asked()).pathAndQuery()).isEqualTo("/auth?u=/");
  }

  @Test
  void fieldsOfTheAnswerReplaceThoseOfTheClient() {
    FakeRequest request =
        FakeRequest.request("GET", "http://h/", "X-User", "forged", "X-Groups", "admin")
            .whereServicesAnswer(_ -> answer(200, "X-User", "ann", "X-Other", "1"));
    Annotated.web(URL + "; auth-response-headers=X-User, X-Groups").send(request);
    assertThat(request.head().fields().combined("x-user")).isEqualTo("ann");
    assertThat(request.head().fields().combined("x-groups")).isNull();
    assertThat(request.head().fields().combined("x-other")).isNull();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "auth-signin=https://sso/start                 | 302 https://sso/start?rd=http://h%2Fa%3Fb%3Dc",
        "auth-signin=https://sso/start?x=1             | 302 https://sso/start?x=1&rd=http://h%2Fa%3Fb%3Dc",
        "auth-signin=https://sso/start?rd=$request_uri | 302 https://sso/start?rd=/a?b=c",
        "auth-signin=https://sso/start; auth-signin-redirect-param=back | 302 https://sso/start?back=http://h%2Fa%3Fb%3Dc",
        "auth-signin=https://$host/oauth2/start?rd=$escaped_request_uri | 302 https://h/oauth2/start?rd=%2Fa%3Fb%3Dc",
      })
  void unknownClientsAreSentToSignIn(String annotation, String outcome) {
    FakeRequest request = FakeRequest.get("http://h/a?b=c").whereServicesAnswer(_ -> answer(401));
    Annotated result = Annotated.web(URL + ";" + annotation);
    assertThat(result.told()).isEmpty();
    assertThat(result.send(request)).isEqualTo(outcome);
  }

  @Test
  void challengeAndCookiesOfTheServiceReachTheClient() {
    FakeRequest request =
        FakeRequest.get("http://h/")
            .whereServicesAnswer(
                _ -> answer(401, "WWW-Authenticate", "Negotiate", "Set-Cookie", "a=1"));
    Annotated.web(URL).send(request);
    assertThat(request.response().get("www-authenticate")).isEqualTo("Negotiate");
    assertThat(request.response().get("set-cookie")).isEqualTo("a=1");
    FakeRequest passed =
        FakeRequest.get("http://h/").whereServicesAnswer(_ -> answer(200, "Set-Cookie", "a=1"));
    Annotated.web(URL).send(passed);
    assertThat(passed.response().get("set-cookie")).isEqualTo("a=1");
  }

  @Test
  void answersAreKeptWhereAKeyIsGiven() {
    AtomicInteger asked = new AtomicInteger();
    Function<SubRequest, SubResponse> service =
        _ -> {
          asked.incrementAndGet();
          return answer(200, "X-User", "ann");
        };
    Annotated result =
        Annotated.web(
            URL
                + "; auth-cache-key=$cookie_s; auth-cache-duration=200 10s; "
                + "auth-response-headers=X-User");
    for (double second : new double[] {0, 1, 9, 11}) {
      FakeRequest request =
          FakeRequest.request("GET", "http://h/", "Cookie", "s=1")
              .at(second)
              .whereServicesAnswer(service);
      assertThat(result.send(request)).isEqualTo("forward h /");
      assertThat(request.head().fields().combined("x-user")).isEqualTo("ann");
    }
    assertThat(asked).hasValue(2);
    result.send(
        FakeRequest.request("GET", "http://h/", "Cookie", "s=2").whereServicesAnswer(service));
    assertThat(asked).hasValue(3);
  }

  @Test
  void statusWithoutALifetimeIsAskedForAgain() {
    AtomicInteger asked = new AtomicInteger();
    Annotated result = Annotated.web(URL + "; auth-cache-key=k");
    for (int i = 0; i < 2; i++) {
      result.send(
          FakeRequest.get("http://h/")
              .whereServicesAnswer(_ -> {
                asked.incrementAndGet();
                return answer(503);
              }));
    }
    assertThat(asked).hasValue(2);
  }

  @Test
  void challengeOfAcmeIsNotAskedAbout() {
    FakeRequest request = FakeRequest.get("http://h/.well-known/acme-challenge/token");
    assertThat(Annotated.web(URL).send(request)).startsWith("forward");
    assertThat(request.asked()).isNull();
  }

  @ParameterizedTest(name = "satisfy any, from {0}, the service answers {1}: {2}")
  @CsvSource({"10.0.0.1, 401, forward h /", "11.0.0.1, 200, forward h /", "11.0.0.1, 401, 401"})
  void addressOrServiceIsEnough(String address, int status, String outcome) {
    FakeRequest request =
        FakeRequest.from(address, "GET", "http://h/").whereServicesAnswer(_ -> answer(status));
    assertThat(
            Annotated.web(URL + "; satisfy=any; allowlist-source-range=10.0.0.0/8").send(request))
        .isEqualTo(outcome);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "auth-url=",
        "auth-url=auth.sso.svc",
        "auth-url=ftp://auth/",
        "auth-url=http://auth/\"; proxy_pass http://evil;#",
        "auth-url=http://auth/$unknown",
        "auth-url=http://auth/; auth-method=DELETE /",
        "auth-url=http://auth/; auth-signin=javascript:x",
      })
  void whatCannotBeReadClosesThePath(String annotations) {
    String name = annotations.substring(0, annotations.indexOf('='));
    assertThat(name).isEqualTo("auth-url");
    Annotated result = Annotated.web(annotations);
    assertThat(result.get("http://h/")).isEqualTo("503");
    assertThat(result.reasons()).contains("AnnotationInvalid");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "auth-response-headers=X User",
        "auth-cache-duration=soon",
        "auth-cache-key=$unknown",
        "auth-signin-redirect-param=a=b",
        "auth-always-set-cookie=maybe",
      })
  void detailThatCannotBeReadIsTold(String annotation) {
    Annotated result = Annotated.web(URL + ";" + annotation);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.get("http://h/")).isEqualTo("pending");
  }

  private static SubResponse answer(int status, String... fields) {
    HttpFields given = new HttpFields();
    for (int i = 0; i < fields.length; i += 2) {
      given.add(fields[i], fields[i + 1]);
    }
    return new SubResponse(status, given);
  }
}
