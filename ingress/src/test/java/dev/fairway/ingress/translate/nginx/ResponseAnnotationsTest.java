// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.http1.HttpFields;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is changed in responses of the backend. */
class ResponseAnnotationsTest {
  @ParameterizedTest(name = "{0}: {1} becomes {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "proxy-cookie-domain=localhost example.org | a=b; Domain=localhost; Path=/ | a=b; Domain=example.org; Path=/",
        "proxy-cookie-domain=localhost example.org | a=b; domain=.LocalHost        | a=b; Domain=example.org",
        "proxy-cookie-domain=localhost example.org | a=b; Domain=other             | a=b; Domain=other",
        "proxy-cookie-domain=localhost example.org | Domain=localhost; HttpOnly    | Domain=localhost; HttpOnly",
        "proxy-cookie-domain=off                   | a=b; Domain=localhost         | a=b; Domain=localhost",
        "proxy-cookie-path=/one/ /two/             | a=b; Path=/one/x; Secure      | a=b; Path=/two/x; Secure",
        "proxy-cookie-path=/one/ /                 | a=b; path=/one/               | a=b; Path=/",
        "proxy-cookie-path=/one/ /                 | a=b; Path=/other              | a=b; Path=/other",
      })
  void cookiesOfTheBackendAreRewritten(String annotation, String cookie, String rewritten) {
    Annotated result = Annotated.web(annotation);
    assertThat(result.told()).isEmpty();
    HttpFields fields = new HttpFields();
    fields.add("Set-Cookie", cookie);
    fields.add("Set-Cookie", "second=1");
    FakeRequest request = FakeRequest.get("http://h/");
    result.send(request);
    request.response(fields);
    assertThat(fields.value(0)).isEqualTo(rewritten);
    assertThat(fields.value(1)).isEqualTo("second=1");
  }

  @ParameterizedTest(name = "from {0} to {1}: {2} becomes {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "http://inner/ | https://h/       | http://inner/a?b   | https://h/a?b",
        "http://inner/ | $scheme://$host/ | http://inner/a     | http://h/a",
        "http://inner/ | https://h/       | http://other/a     | http://other/a",
        "/old          | /new             | /old/a             | /new/a",
        "off           | /new             | /old/a             | /old/a",
        "default       | off              | /old/a             | /old/a",
      })
  void redirectsOfTheBackendAreRewritten(String from, String to, String location, String got) {
    Annotated result = Annotated.web("proxy-redirect-from=" + from + "; proxy-redirect-to=" + to);
    assertThat(result.told()).isEmpty();
    HttpFields fields = new HttpFields();
    fields.add("Location", location);
    FakeRequest request = FakeRequest.get("http://h/");
    result.send(request);
    request.response(fields);
    assertThat(fields.get("location")).isEqualTo(got);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "proxy-cookie-domain=only-one",
        "proxy-cookie-domain=~^(.+)$ $1",
        "proxy-cookie-path=/one",
        "proxy-cookie-path=one two",
        "proxy-redirect-from=/a b",
        "proxy-redirect-from=/a; proxy-redirect-to=/$unknown",
      })
  void valueThatIsNotAllowedIsToldAndWithoutEffect(String annotations) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.route("http://h/").filters()).isEmpty();
  }
}
