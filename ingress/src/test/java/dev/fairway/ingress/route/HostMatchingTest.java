// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host rules of Ingress: exact before wildcard before none, and the host before the path. */
class HostMatchingTest {

  @ParameterizedTest(name = "rule {0}, Host {1}: {2}")
  @CsvSource({
    "foo.bar.com, foo.bar.com, yes",
    "foo.bar.com, FOO.bar.com, yes",
    "foo.bar.com, foo.bar.com:8080, yes",
    "foo.bar.com, foo.bar.com., yes",
    "foo.bar.com, foo.bar.com.:443, yes",
    "foo.bar.com, bar.com, no",
    "foo.bar.com, x.foo.bar.com, no",
    "*.foo.com, bar.foo.com, yes",
    "*.foo.com, BAR.foo.com, yes",
    "*.foo.com, baz.bar.foo.com, no",
    "*.foo.com, foo.com, no",
    "-, anything.example, yes",
    "-, 127.0.0.1:8080, yes",
    "-, [::1]:8080, yes",
    "-, '', yes",
  })
  void ruleHostMatchesRequestHost(String rule, String host, String expected) {
    RouteTable table = Routes.of(rule + " PREFIX /");
    assertThat(Routes.take(table, host, "/"))
        .isEqualTo(expected.equals("yes") ? rule + " PREFIX /" : "404");
  }

  @Test
  void exactHostWinsOverWildcardAndWildcardOverNone() {
    RouteTable table = Routes.of("- PREFIX /", "*.foo.com PREFIX /", "bar.foo.com PREFIX /");
    assertThat(Routes.take(table, "bar.foo.com", "/")).isEqualTo("bar.foo.com PREFIX /");
    assertThat(Routes.take(table, "baz.foo.com", "/")).isEqualTo("*.foo.com PREFIX /");
    assertThat(Routes.take(table, "foo.com", "/")).isEqualTo("- PREFIX /");
  }

  @Test
  void hostIsChosenBeforeThePath() {
    RouteTable table =
        Routes.of("bar.foo.com PREFIX /a", "*.foo.com PREFIX /b", "- PREFIX /c", "default");
    assertThat(Routes.take(table, "bar.foo.com", "/a")).isEqualTo("bar.foo.com PREFIX /a");
    assertThat(Routes.take(table, "bar.foo.com", "/b")).isEqualTo("default");
    assertThat(Routes.take(table, "bar.foo.com", "/c")).isEqualTo("default");
    assertThat(Routes.take(table, "baz.foo.com", "/c")).isEqualTo("default");
    assertThat(Routes.take(table, "other", "/c")).isEqualTo("- PREFIX /c");
  }

  @Test
  void defaultOfTheHostWinsOverTheDefaultOfEverything() {
    RouteTable table = Routes.of("a.com PREFIX /x", "default a.com", "default");
    assertThat(Routes.take(table, "a.com", "/y")).isEqualTo("default a.com");
    assertThat(Routes.take(table, "b.com", "/y")).isEqualTo("default");
  }

  @ParameterizedTest(name = "Host ''{0}'' is malformed")
  @CsvSource({
    "a b",
    "a@b",
    "a:b",
    "a:99999",
    "a:123456",
    "'a,b'",
    "a/b",
    ".a",
    "a..b",
    ":80",
    "[::1",
    "[]",
    "[xyz]",
    "'a\"'",
    "a#b",
    "a?b"
  })
  void malformedHostIsRefused(String host) {
    assertThat(RequestTarget.parse("/", host)).isNull();
  }
}
