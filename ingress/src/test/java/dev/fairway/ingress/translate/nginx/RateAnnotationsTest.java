// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.ResponseRate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How fast responses go, which endpoints share a key, and the Host of copies. */
class RateAnnotationsTest {
  @ParameterizedTest(name = "{0}: {1} B/s after {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "limit-rate=1                        | 1024          | 0",
        "limit-rate=100; limit-rate-after=5  | 102400        | 5120",
        "limit-rate=2147483647               | 2199023254528 | 0",
        "limit-rate=0                        | 0             | 0",
        "limit-rate-after=5                  | 0             | 0",
      })
  void rateIsInKibibytes(String annotations, long rate, long after) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.route("http://h/").policy().responseRate())
        .isEqualTo(rate == 0 ? null : new ResponseRate(rate, after));
  }

  @ParameterizedTest(name = "{0} / {1}: {2} B/s after {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "limit-rate=2                       | ''           | 2048 | 0",
        "limit-rate=2; limit-rate-after=1   | limit-rate=3 | 3072 | 1024",
        "limit-rate=2                       | limit-rate=0 | 0    | 0",
        "limit-rate-after=1                 | limit-rate=3 | 3072 | 0",
      })
  void configMapSaysTheUsualRate(String config, String annotations, long rate, long after) {
    Annotated result = Annotated.configured(Annotated.options(), config, annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.route("http://h/").policy().responseRate())
        .isEqualTo(rate == 0 ? null : new ResponseRate(rate, after));
  }

  @ParameterizedTest(name = "{0}: {1} endpoints")
  @CsvSource(
      delimiter = '|',
      value = {
        "upstream-hash-by=$host                                                                    "
            + " | 1",
        "upstream-hash-by=$host; upstream-hash-by-subset=true                                      "
            + " | 3",
        "upstream-hash-by=$host; upstream-hash-by-subset=true; upstream-hash-by-subset-size=64     "
            + " | 64",
        "upstream-hash-by=$host; upstream-hash-by-subset=true; upstream-hash-by-subset-size=1      "
            + " | 1",
        "upstream-hash-by=$host; upstream-hash-by-subset=false; upstream-hash-by-subset-size=5     "
            + " | 1",
        "upstream-hash-by=$host; upstream-hash-by-subset=true; load-balance=maglev                 "
            + " | 3",
      })
  void endpointsShareAKey(String annotations, int endpoints) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    Balancing balancing = result.backend("http://h/").upstream().balancing();
    assertThat(balancing.hashKey()).isEqualTo("$host");
    assertThat(balancing.subset()).isEqualTo(endpoints);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "mirror-target=http://copy.shop.svc                                  | ''",
        "mirror-target=http://copy.shop.svc; mirror-host=copy.example        | copy.example",
        "mirror-target=http://copy.shop.svc; mirror-host=copy.example:8080   | copy.example:8080",
        "mirror-target=http://copy.shop.svc; mirror-host=$host               | h",
      })
  void copiesHaveTheirHost(String annotations, String host) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    FakeRequest request = FakeRequest.get("https://h/");
    result.send(request);
    assertThat(request.mirrorHosts()).containsExactly(host);
  }

  @ParameterizedTest(name = "{0} is told: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "limit-rate=1k                                                                       |"
            + " AnnotationInvalid",
        "limit-rate=-1                                                                       |"
            + " AnnotationInvalid",
        "limit-rate-after=x                                                                  |"
            + " AnnotationInvalid",
        "upstream-hash-by=$host; upstream-hash-by-subset=yes                                 |"
            + " AnnotationInvalid",
        "upstream-hash-by=$host; upstream-hash-by-subset-size=65                             |"
            + " AnnotationInvalid",
        "upstream-hash-by=$host; upstream-hash-by-subset=true; upstream-hash-by-subset-size=0 |"
            + " AnnotationInvalid",
        "upstream-hash-by-subset=true                                                        |"
            + " UnsupportedAnnotation",
        "mirror-target=http://copy.shop.svc; mirror-host=a b                                 |"
            + " AnnotationInvalid",
        "mirror-target=http://copy.shop.svc; mirror-host=http://x                            |"
            + " AnnotationInvalid",
      })
  void valueThatIsNotAllowedIsToldAndTheRestHolds(String annotations, String reason) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.reasons()).containsExactly(reason);
    assertThat(result.get("https://h/")).isEqualTo("forward h /");
  }
}
