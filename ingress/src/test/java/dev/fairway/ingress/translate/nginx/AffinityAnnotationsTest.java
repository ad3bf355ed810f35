// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RouteAction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions that stay with their endpoints. */
class AffinityAnnotationsTest {
  private static final String ENDPOINT = "00000000deadbeef";
  private static final String OTHER = "00000000cafebabe";

  @Test
  void firstResponseNamesTheEndpoint() {
    Annotated result = Annotated.web("affinity=cookie; affinity-mode=persistent");
    FakeRequest request = through(result, "https://h/", "");
    assertThat(request.chosenBy()).isEmpty();
    String cookie = cookie(request.answeredBy(ENDPOINT, 1));
    assertThat(cookie)
        .matches("INGRESSCOOKIE=" + ENDPOINT + "\\|[0-9a-f]{16}; Path=/; Secure; HttpOnly");
  }

  @Test
  void endpointIsKeptAndTheCookieNotSetAgain() {
    Annotated result = Annotated.web("affinity=cookie; affinity-mode=persistent");
    String value = value(cookie(through(result, "http://h/", "").answeredBy(ENDPOINT, 1)));
    FakeRequest next = through(result, "http://h/", value);
    assertThat(next.chosenBy()).isEqualTo("endpoint " + ENDPOINT);
    assertThat(cookie(next.answeredBy(ENDPOINT, 1))).isEmpty();
  }

  @ParameterizedTest(name = "change-on-failure {0}, attempts {1}: cookie set again {2}")
  @CsvSource({"false, 1, true", "false, 2, false", "true, 2, true"})
  void endpointThatIsGoneIsForgottenOneThatFailedOnlyWhereAskedFor(
      boolean change, int attempts, boolean set) {
    Annotated result =
        Annotated.web(
            "affinity=cookie; affinity-mode=persistent; session-cookie-change-on-failure="
                + change);
    String value = value(cookie(through(result, "http://h/", "").answeredBy(ENDPOINT, 1)));
    FakeRequest next = through(result, "http://h/", value);
    assertThat(cookie(next.answeredBy(OTHER, attempts)).contains(OTHER)).isEqualTo(set);
  }

  @Test
  void balancedSessionsHaveAKeyOfTheirOwn() {
    Annotated result = Annotated.web("affinity=cookie");
    FakeRequest first = through(result, "http://h/", "");
    FakeRequest second = through(result, "http://h/", "");
    assertThat(first.chosenBy()).startsWith("key ").isNotEqualTo(second.chosenBy());
    String value = value(cookie(first.answeredBy(ENDPOINT, 1)));
    FakeRequest next = through(result, "http://h/", value);
    assertThat(next.chosenBy()).isEqualTo(first.chosenBy());
    assertThat(cookie(next.answeredBy(OTHER, 1))).isEmpty();
  }

  @ParameterizedTest(name = "cookie {0}")
  @CsvSource({
    "nothing",
    "|",
    "00000000deadbeef|another",
    "zz|0",
    "00000000deadbeef",
    "'00000000DEADBEEF|x'",
    "../../etc|0",
  })
  void cookieOfAnotherBackendOrOfNobodyIsNone(String value) {
    Annotated result = Annotated.web("affinity=cookie; affinity-mode=persistent");
    FakeRequest request = through(result, "http://h/", "INGRESSCOOKIE=" + value);
    assertThat(request.chosenBy()).isEmpty();
    assertThat(cookie(request.answeredBy(ENDPOINT, 1))).contains(ENDPOINT);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "session-cookie-name=route                   | ' Path=/; HttpOnly'",
        "session-cookie-path=/app                    | ' Path=/app; HttpOnly'",
        "session-cookie-domain=example.com           | ' Domain=example.com; Path=/; HttpOnly'",
        "session-cookie-max-age=60                   | ' Max-Age=60; Path=/; HttpOnly'",
        "session-cookie-samesite=strict              | ' Path=/; HttpOnly; SameSite=Strict'",
        "session-cookie-samesite=None                | ' Path=/; HttpOnly; SameSite=None'",
        "session-cookie-secure=true                  | ' Path=/; Secure; HttpOnly'",
        "session-cookie-secure=false                 | ' Path=/; HttpOnly'",
        "session-cookie-partitioned=true             | ' Path=/; HttpOnly; Partitioned'",
      })
  void attributesAreAsAskedFor(String annotation, String attributes) {
    Annotated result = Annotated.web("affinity=cookie;" + annotation);
    assertThat(result.told()).isEmpty();
    String cookie = cookie(through(result, "http://h/", "").answeredBy(ENDPOINT, 1));
    assertThat(cookie.substring(cookie.indexOf(';') + 1)).isEqualTo(attributes);
    assertThat(cookie).startsWith(annotation.contains("-name") ? "route=" : "INGRESSCOOKIE=");
  }

  @Test
  void expiryIsADate() {
    Annotated result = Annotated.web("affinity=cookie; session-cookie-expires=3600");
    assertThat(cookie(through(result, "http://h/", "").answeredBy(ENDPOINT, 1)))
        .matches(
            ".*; Expires=[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT; .*");
  }

  @ParameterizedTest(name = "{0}: SameSite=None {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 12_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Version/12.0 Mobile/15E148 Safari/604.1 | false",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Safari/605.1.15 | false",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.1 Safari/537.36 | false",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.1 Safari/537.36 | true",
        "curl/8.0 | true",
      })
  void browsersThatMisreadSameSiteNoneDoNotGetIt(String agent, boolean given) {
    Annotated result =
        Annotated.web(
            "affinity=cookie; session-cookie-samesite=None;"
                + "session-cookie-conditional-samesite-none=true");
    FakeRequest request = FakeRequest.request("GET", "http://h/", "User-Agent", agent);
    steps(result, request);
    assertThat(cookie(request.answeredBy(ENDPOINT, 1)).contains("SameSite")).isEqualTo(given);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "affinity=ip",
        "affinity=cookie; affinity-mode=sticky",
        "affinity=cookie; session-cookie-name=a b",
        "affinity=cookie; session-cookie-path=app",
        "affinity=cookie; session-cookie-domain=a b",
        "affinity=cookie; session-cookie-max-age=-1",
        "affinity=cookie; session-cookie-expires=tomorrow",
        "affinity=cookie; session-cookie-samesite=Sometimes",
        "affinity=cookie; session-cookie-secure=perhaps",
        "affinity=cookie; affinity-canary-behavior=other",
      })
  void valueThatIsNotAllowedIsTold(String annotations) {
    assertThat(Annotated.web(annotations).reasons()).containsExactly("AnnotationInvalid");
  }

  @Test
  void expressionsNeedAPathOfTheCookie() {
    Annotated result =
        Annotated.path(
            Annotated.options(),
            "ImplementationSpecific",
            "/a.*",
            "use-regex=true; affinity=cookie");
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(cookie(through(result, "http://h/abc", "").answeredBy(ENDPOINT, 1)))
        .contains("; Path=/; ");
  }

  @ParameterizedTest(name = "{0}: the session decides {1}")
  @CsvSource({"sticky, true", "legacy, false"})
  void sessionStaysWithTheCanaryThatItBeganOn(String behaviour, boolean stays) {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress(
                    "a",
                    "affinity=cookie; affinity-mode=persistent; affinity-canary-behavior="
                        + behaviour)
                .host("h")
                .prefix("/", "web")
                .build(),
            TestObjects.ingress("b")
                .annotation(Annotated.PREFIX + "canary", "true")
                .annotation(Annotated.PREFIX + "canary-by-header", "X-Canary")
                .host("h")
                .prefix("/", "canary")
                .build());
    FakeRequest first = FakeRequest.request("GET", "http://h/", "X-Canary", "always");
    result.send(first);
    BackendRef canary = java.util.Objects.requireNonNull(first.forwardedTo());
    first.through(canary.filters());
    String value = value(cookie(first.answeredBy(ENDPOINT, 1)));
    assertThat(value.isEmpty()).isNotEqualTo(stays);
    FakeRequest next =
        FakeRequest.request("GET", "http://h/", "Cookie", value, "X-Canary", "never");
    result.send(next);
    assertThat(canary.equals(next.forwardedTo())).isEqualTo(stays);
  }

  private static FakeRequest through(Annotated result, String url, String cookie) {
    FakeRequest request =
        cookie.isEmpty()
            ? FakeRequest.get(url)
            : FakeRequest.request("GET", url, "Cookie", "a=b; " + cookie);
    steps(result, request);
    return request;
  }

  private static void steps(Annotated result, FakeRequest request) {
    result.send(request);
    RouteAction.Forward forward =
        (RouteAction.Forward) result.route("http://h" + request.target().path()).action();
    List<BackendRef> backends = forward.backends();
    request.through(backends.getFirst().filters());
  }

  private static String cookie(FakeRequest request) {
    String cookie = request.response().get("set-cookie");
    return cookie == null ? "" : cookie;
  }

  private static String value(String cookie) {
    return cookie.isEmpty() ? "" : cookie.substring(0, cookie.indexOf(';'));
  }
}
