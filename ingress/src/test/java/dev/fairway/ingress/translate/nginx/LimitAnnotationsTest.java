// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much a client may ask for. */
class LimitAnnotationsTest {
  @ParameterizedTest(name = "{0}: {1} requests at once, then one more after {2} s")
  @CsvSource(
      delimiter = '|',
      value = {
        "limit-rps=1                             | 6  | 1",
        "limit-rps=2; limit-burst-multiplier=1   | 3  | 0.5",
        "limit-rpm=60                            | 301 | 1",
        "limit-rpm=6; limit-burst-multiplier=1   | 7  | 10",
      })
  void burstIsAMultipleOfTheRate(String annotations, int atOnce, double later) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    for (int i = 0; i < atOnce; i++) {
      assertThat(result.get("http://h/")).as("request " + i).isEqualTo("forward h /");
    }
    assertThat(result.get("http://h/")).isEqualTo("503");
    assertThat(result.send(FakeRequest.get("http://h/").at(later * 0.9))).isEqualTo("503");
    assertThat(result.send(FakeRequest.get("http://h/").at(later))).isEqualTo("forward h /");
    assertThat(result.send(FakeRequest.from("192.0.2.9", "GET", "http://h/")))
        .isEqualTo("forward h /");
  }

  @Test
  void requestsOfAClientAtATimeAreLimited() {
    Annotated result = Annotated.web("limit-connections=2");
    FakeRequest first = FakeRequest.get("http://h/");
    assertThat(result.send(first)).isEqualTo("forward h /");
    assertThat(result.get("http://h/")).isEqualTo("forward h /");
    assertThat(result.get("http://h/")).isEqualTo("503");
    first.end();
    assertThat(result.get("http://h/")).isEqualTo("forward h /");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "limit-allowlist=192.0.2.0/24",
        "limit-whitelist=192.0.2.1",
      })
  void clientsOnTheListHaveNoLimit(String annotation) {
    Annotated result =
        Annotated.web("limit-rps=1; limit-burst-multiplier=1; limit-connections=1;" + annotation);
    for (int i = 0; i < 10; i++) {
      assertThat(result.get("http://h/")).isEqualTo("forward h /");
    }
    FakeRequest other = FakeRequest.from("198.51.100.1", "GET", "http://h/");
    assertThat(result.send(other)).isEqualTo("forward h /");
    assertThat(result.send(other)).isEqualTo("503");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"limit-rps=fast", "limit-rpm=-1", "limit-connections=1.5", "limit-rps=99999999"})
  void limitThatCannotBeReadClosesThePath(String annotation) {
    Annotated result = Annotated.web(annotation);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.get("http://h/")).isEqualTo("503");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"limit-rps=0", "limit-connections=0", "limit-burst-multiplier=3"})
  void zeroIsNoLimit(String annotation) {
    Annotated result = Annotated.web(annotation);
    assertThat(result.told()).isEmpty();
    assertThat(result.route("http://h/").filters()).isEmpty();
  }

  @Test
  void compilingAgainForgetsNobody() {
    IngressTranslator translator = new IngressTranslator(Annotated.options());
    List<String> outcomes = new java.util.ArrayList<>();
    for (String service : List.of("web", "other", "third")) {
      IngressObjects objects =
          new IngressObjects(
              List.of(
                  Annotated.ingress("a", "limit-rps=1; limit-burst-multiplier=1")
                      .host("h")
                      .prefix("/", service)
                      .build()),
              List.of(TestObjects.fairwayClass()),
              Map.of(),
              null);
      FakeRequest request = FakeRequest.get("http://h/");
      Route route =
          Objects.requireNonNull(
              translator
                  .translate(objects)
                  .routes()
                  .match(request.target(), "GET", request.head().fields()));
      outcomes.add(request.through(route.filters()));
    }
    assertThat(outcomes).containsExactly("forward h /", "forward h /", "503");
  }
}
