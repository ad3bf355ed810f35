// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.SessionCookie.Secure;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions of the Gateway API (GEP-1619): who begins one, and who stays. */
class SessionTokenTest {
  private static final String HERE = "00000000000000aa";
  private static final String THERE = "00000000000000bb";
  private static final Instant NOW = Instant.ofEpochSecond(0x1000);
  private static final BackendRef BACKEND =
      BackendRef.to(UpstreamSpec.plain(new BackendPort(new ServiceName("shop", "web"), "", 80)));

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "a session stays | 00000000000000aa.fff^one | 10 | endpoint 00000000000000aa",
        "the last second of a session | 00000000000000aa.ff7^one | 10 | endpoint 00000000000000aa",
        "a session that has ended | 00000000000000aa.ff6^one | 10 | ''",
        "a session from the future | 00000000000000aa.1001^one | 10 | ''",
        "a session without its begin | 00000000000000aa^one | 10 | ''",
        "sessions without an end need no begin | 00000000000000aa^one | 0 | endpoint 00000000000000aa",
        "and do not mind one | 00000000000000aa.1^one | 0 | endpoint 00000000000000aa",
        "a session of another backend | 00000000000000aa.fff^two | 10 | ''",
        "no endpoint | ^one | 0 | ''",
        "letters that are no digits | zz^one | 0 | ''",
        "a begin that is no number | 00000000000000aa.x^one | 10 | ''",
        "a begin beyond all numbers | 00000000000000aa.ffffffffffffffffff^one | 10 | ''",
        "no bar | 00000000000000aa | 0 | ''",
        "nothing | '' | 0 | ''",
      })
  void aRequestIsOfTheSessionThatItTells(
      String name, String token, long lifetime, String chosenBy) {
    String text = token.replace('^', '|');
    FakeRequest byCookie = FakeRequest.request("GET", "http://h/", "cookie", "a=b; s=" + text);
    byCookie.through(List.of(endpoint(cookie(lifetime))));
    assertThat(byCookie.chosenBy()).isEqualTo(chosenBy);
    FakeRequest byField = FakeRequest.request("GET", "http://h/", "X-Cart", text);
    byField.through(List.of(endpoint(new SessionToken(null, "X-Cart", lifetime))));
    assertThat(byField.chosenBy()).isEqualTo(chosenBy);
  }

  @Test
  void aFirstRequestBeginsASession() {
    FakeRequest request = FakeRequest.get("http://h/");
    request.through(List.of(endpoint(cookie(60))));
    assertThat(request.answeredBy(HERE, 1).response().get("set-cookie"))
        .isEqualTo("s=" + HERE + ".1000|one; Path=/; HttpOnly");
  }

  @Test
  void aSessionIsNotBegunAgainWhereItsEndpointAnswers() {
    FakeRequest request =
        FakeRequest.request("GET", "http://h/", "cookie", "s=" + HERE + ".fff|one");
    request.through(List.of(endpoint(cookie(60))));
    assertThat(request.answeredBy(HERE, 1).response().size()).isZero();
  }

  @Test
  void anotherEndpointThatAnsweredHasTheSessionFromNowOn() {
    FakeRequest request = FakeRequest.request("GET", "http://h/", "x-cart", HERE + "|one");
    request.through(List.of(endpoint(new SessionToken(null, "X-Cart", 0))));
    assertThat(request.answeredBy(THERE, 2).response().get("x-cart")).isEqualTo(THERE + "|one");
  }

  @Test
  void whereNoEndpointAnsweredThereIsNoSession() {
    FakeRequest request = FakeRequest.get("http://h/");
    request.through(List.of(endpoint(cookie(0))));
    assertThat(request.response().size()).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"one, true", "two, false"})
  void theBackendOfASessionIsChosenWhateverTheWeights(String backend, boolean chosen) {
    FakeRequest request =
        FakeRequest.request("GET", "http://h/", "cookie", "s=" + HERE + "|" + backend);
    request.through(List.of(new SessionBackend(cookie(0), Map.of("one", BACKEND), () -> NOW)));
    assertThat(request.forwardedTo()).isEqualTo(chosen ? BACKEND : null);
  }

  private static SessionEndpoint endpoint(SessionToken token) {
    return new SessionEndpoint(token, "one", () -> NOW);
  }

  private static SessionToken cookie(long lifetime) {
    SessionCookie cookie =
        new SessionCookie("s", "/", "", 0, 0, Secure.WHERE_HTTPS, "", false, false);
    return new SessionToken(cookie, "s", lifetime);
  }
}
