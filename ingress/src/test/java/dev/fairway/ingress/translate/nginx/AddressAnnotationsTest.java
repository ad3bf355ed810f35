// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may come, by address. */
class AddressAnnotationsTest {
  @ParameterizedTest(name = "{0}, from {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "allowlist-source-range=10.0.0.0/8            | 10.1.2.3     | forward h /",
        "allowlist-source-range=10.0.0.0/8            | 11.1.2.3     | 403",
        "whitelist-source-range=10.0.0.0/8            | 11.1.2.3     | 403",
        "whitelist-source-range=10.0.0.0/8, 11.1.2.3  | 11.1.2.3     | forward h /",
        "whitelist-source-range=10.0.0.0/8,           | 10.1.2.3     | forward h /",
        "allowlist-source-range=2001:db8::/32         | 2001:db8::1  | forward h /",
        "allowlist-source-range=2001:db8::/32         | 10.0.0.1     | 403",
        "allowlist-source-range=10.0.0.0/8            | ::ffff:10.1.1.1 | forward h /",
        "denylist-source-range=10.0.0.0/8             | 10.1.2.3     | 403",
        "denylist-source-range=10.0.0.0/8             | 11.1.2.3     | forward h /",
        "denylist-source-range=10.1.0.0/16; allowlist-source-range=10.0.0.0/8 | 10.1.2.3 | 403",
        "denylist-source-range=10.1.0.0/16; allowlist-source-range=10.0.0.0/8 | 10.2.2.3 | forward h /",
        "allowlist-source-range=0.0.0.0/0             | 203.0.113.9  | forward h /",
      })
  void addressDecides(String annotations, String address, String outcome) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    assertThat(result.send(FakeRequest.from(address, "GET", "http://h/"))).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "allowlist-source-range=10.0.0.0/33",
        "allowlist-source-range=10.0.0.0/8 11.0.0.0/8",
        "allowlist-source-range=10.0.0.0/8,nonsense",
        "allowlist-source-range=",
        "denylist-source-range=example.com",
      })
  void listThatCannotBeReadClosesThePath(String annotations) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.send(FakeRequest.from("10.0.0.1", "GET", "http://h/"))).isEqualTo("503");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "/.well-known/acme-challenge/abc, forward h /.well-known/acme-challenge/abc",
    "/.well-known/acme-challenge/../x, 403",
    "/.well-known/acme-challenge/..%2fx, 400",
    "/x, 403",
  })
  void challengeOfAcmeIsOpenToEverybody(String path, String outcome) {
    Annotated result = Annotated.web("allowlist-source-range=10.0.0.0/8");
    assertThat(result.get("http://h" + path)).isEqualTo(outcome);
  }
}
