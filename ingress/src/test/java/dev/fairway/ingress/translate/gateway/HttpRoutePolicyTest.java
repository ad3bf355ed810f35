// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static dev.fairway.ingress.translate.gateway.Manifests.BASE;
import static dev.fairway.ingress.translate.gateway.Manifests.EDGE;
import static dev.fairway.ingress.translate.gateway.Manifests.http;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RoutePolicy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Timeouts, retries and sessions of HTTPRoutes, by the words of the Gateway API. */
class HttpRoutePolicyTest {
  private static final String BACKENDS =
      "backendRefs: [{name: web, port: 80}, {name: api, port: 80}]";

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "without settings it may be sent three times | | 3 tries, PT0S apart, after []",
        "a retry is one more try | retry: {} | 2 tries, PT0S apart, after []",
        "no attempts switch retries off | retry: {attempts: 0} | 1 tries, PT0S apart, after []",
        "codes are tried again | retry: {attempts: 3, codes: [503]} | 4 tries, PT0S apart, after [503]",
        "504 stands for our own timeout too | retry: {codes: [504]} | 2 tries, PT0S apart, after [504] or silence",
        "a try with a time of its own is tried again | retry: {}, timeouts: {backendRequest: 1s} | 2 tries, PT0S apart, after [] or silence",
        "a time for all tries says nothing of one | retry: {}, timeouts: {request: 1s} | 2 tries, PT0S apart, after []",
        "the backoff is the least time between two | retry: {backoff: 250ms} | 2 tries, PT0.25S apart, after []",
        "a backoff of several units | retry: {backoff: 1m1s} | 2 tries, PT1M1S apart, after []",
      })
  void aRequestIsTriedAgainAsTheRuleSays(String name, String settings, String expected) {
    assertThat(retries(route(settings))).isEqualTo(expected);
  }

  @Test
  void withoutTimesTheDefaultsHold() {
    RoutePolicy policy = route("retry: {}").policy();
    assertThat(policy.connectTimeout()).hasSeconds(5);
    assertThat(policy.sendTimeout()).hasSeconds(60);
    assertThat(policy.readTimeout()).hasSeconds(60);
    assertThat(policy.requestTimeout()).isZero();
  }

  private static String retries(Route route) {
    var policy = route.policy().retries();
    return policy.attempts()
        + " tries, "
        + policy.backoff()
        + " apart, after "
        + policy.statuses()
        + (policy.onTimeout() ? " or silence" : "");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "by a cookie where nothing else is said | sessionName: s | the cookie s | Path=/, lasts 0 s",
        "by a cookie for the session | sessionName: s, type: Cookie, cookieConfig: {lifetimeType: Session} | the cookie s | Path=/, lasts 0 s",
        "by a cookie that stays | sessionName: s, absoluteTimeout: 1h, cookieConfig: {lifetimeType: Permanent} | the cookie s | Path=/, Max-Age=3600, lasts 3600 s",
        "by a cookie of the session with an end | sessionName: s, absoluteTimeout: 90s | the cookie s | Path=/, lasts 90 s",
        "by a header field | sessionName: X-Cart, type: Header, absoluteTimeout: 1m | the field X-Cart | lasts 60 s",
      })
  void sessionsStayWithTheirBackendAndEndpoint(
      String name, String settings, String carrier, String attributes) {
    World world = world("sessionPersistence: {" + settings + "}");
    assertThat(world.answer("10.250.0.1", 80, "GET a/x"))
        .isEqualTo(
            "sessions stay with their backend by "
                + carrier
                + "; infra/web:80 (sessions stay with their endpoint by "
                + carrier
                + "), infra/api:80 (sessions stay with their endpoint by "
                + carrier
                + ")");
    assertThat(Sessions.attributes(world.route("10.250.0.1", 80, "GET a/x"))).isEqualTo(attributes);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "a backoff that is no duration | retry: {backoff: soon}",
        "an end that is no duration | sessionPersistence: {absoluteTimeout: later}",
        "a permanent cookie without an end | sessionPersistence: {cookieConfig: {lifetimeType: Permanent}}",
        "an unknown type | sessionPersistence: {type: Address}",
        "a name that no cookie has | sessionPersistence: {sessionName: 'a;b'}",
        "a name that no field has | sessionPersistence: {sessionName: 'a b', type: Header}",
        "a field that does not arrive | sessionPersistence: {sessionName: a_b, type: Header}",
        "a field with settings of a cookie | sessionPersistence: {type: Header, cookieConfig: {}}",
      })
  void settingsThatAreNotValidAreSaidAndTheRuleIsNotServed(String name, String settings) {
    World world = world(settings);
    assertThat(world.lines()).contains("HTTPRoute infra/r at edge Accepted=False UnsupportedValue");
    assertThat(world.answer("10.250.0.1", 80, "GET a/x")).isEqualTo("500");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"/shop, PathPrefix, /shop", "/one, Exact, /one", "/(a|b), RegularExpression, /"})
  void aCookieIsForThePathOfItsMatch(String path, String type, String expected) {
    World world =
        new World(
            BASE,
            EDGE,
            http(
                "r",
                "rules: [{matches: [{path: {type: "
                    + type
                    + ", value: '"
                    + path
                    + "'}}], sessionPersistence: {sessionName: s}, "
                    + BACKENDS
                    + "}]"));
    String request = "GET a" + path.replace("(a|b)", "b");
    assertThat(Sessions.attributes(world.route("10.250.0.1", 80, request)))
        .isEqualTo("Path=" + expected + ", lasts 0 s");
  }

  private static Route route(String settings) {
    Route route = world(settings).route("10.250.0.1", 80, "GET a/x");
    assertThat(route).isNotNull();
    return route;
  }

  private static World world(String settings) {
    String before = settings == null ? "" : settings + ", ";
    return new World(
        List.of(BASE, EDGE, http("r", "rules: [{" + before + BACKENDS + "}]"))
            .toArray(String[]::new));
  }
}
