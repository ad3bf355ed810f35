// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the target of a request before it is matched; for the rows see PathRows. */
class PathMatchingTest {

  @ParameterizedTest(name = "{0} is forwarded as {1}")
  @CsvSource({
    "/, /",
    "/a/b, /a/b",
    "/a//b, /a//b",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/a/.., /",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/a/b/../../c/, /c/",
    "/.well-known/x, /.well-known/x",
    "/a%2Fb, /a%2Fb",
    "/a%2fb, /a%2fb",
    "/a%5Cb, /a%5Cb",
    "/%7Euser, /~user",
    "/a%20b, /a%20b",
    "/%2e%2e%2fx, /..%2fx",
    "/a/%2e%2e/b, /b",
    "/...,/...",
  })
  void whatIsMatchedIsWhatIsForwarded(String request, String forwarded) {
    RequestTarget target = RequestTarget.parse(request, "h");
    assertThat(target).isNotNull();
    assertThat(target.pathAndQuery()).isEqualTo(forwarded);
  }

  @ParameterizedTest(name = "{0} is refused")
  @CsvSource({
    "/..",
    "/../a",
    "/a/../..",
    "/%2e%2e/",
    "/a%",
    "/a%2",
    "/a%zz",
    "/a%00",
    "/a\\b",
    "/a#b",
    "*",
    "a",
    "ftp://h/",
    "http://",
    "http:///x"
  })
  void malformedTargetIsRefused(String target) {
    assertThat(RequestTarget.parse(target, "h")).isNull();
  }

  @Test
  void absoluteTargetMustNameTheHost() {
    RequestTarget target = RequestTarget.parse("http://H:80/x?y", "h:80");
    assertThat(target).isNotNull();
    assertThat(target.host()).isEqualTo("h");
    assertThat(target.pathAndQuery()).isEqualTo("/x?y");
    assertThat(RequestTarget.parse("http://other/x", "h")).isNull();
    RequestTarget bare = RequestTarget.parse("http://h?q", "h");
    assertThat(bare).isNotNull();
    assertThat(bare.pathAndQuery()).isEqualTo("/?q");
  }
}
