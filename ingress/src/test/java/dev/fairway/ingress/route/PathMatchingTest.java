// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of the Kubernetes documentation by number, and the cases it leaves open. */
class PathMatchingTest {

  @ParameterizedTest(name = "row {0}: {1}, request {2}: {3}")
  @CsvSource({
    "1, PREFIX /, /any/thing, PREFIX /",
    "2, EXACT /foo, /foo, EXACT /foo",
    "3, EXACT /foo, /bar, 404",
    "4, EXACT /foo, /foo/, 404",
    "5, EXACT /foo/, /foo, 404",
    "6, PREFIX /foo, /foo, PREFIX /foo",
    "6, PREFIX /foo, /foo/, PREFIX /foo",
    "7, PREFIX /foo/, /foo, PREFIX /foo/",
    "7, PREFIX /foo/, /foo/, PREFIX /foo/",
    "8, PREFIX /aaa/bb, /aaa/bbb, 404",
    "9, PREFIX /aaa/bbb, /aaa/bbb, PREFIX /aaa/bbb",
    "10, PREFIX /aaa/bbb/, /aaa/bbb, PREFIX /aaa/bbb/",
    "11, PREFIX /aaa/bbb, /aaa/bbb/, PREFIX /aaa/bbb",
    "12, PREFIX /aaa/bbb, /aaa/bbb/ccc, PREFIX /aaa/bbb",
    "13, PREFIX /aaa/bbb, /aaa/bbbxyz, 404",
    "14, PREFIX /;PREFIX /aaa, /aaa/ccc, PREFIX /aaa",
    "15, PREFIX /;PREFIX /aaa;PREFIX /aaa/bbb, /aaa/bbb, PREFIX /aaa/bbb",
    "16, PREFIX /;PREFIX /aaa;PREFIX /aaa/bbb, /ccc, PREFIX /",
    "18, PREFIX /foo;EXACT /foo, /foo, EXACT /foo",
    "a, PREFIX /foo;PREFIX /foo/, /foo, PREFIX /foo/",
    "a, PREFIX /foo;PREFIX /foo/, /foo/, PREFIX /foo/",
    "a, PREFIX /foo/;PREFIX /foo, /foo/bar, PREFIX /foo/",
    "b, PREFIX /foo, /FOO, 404",
    "b, EXACT /foo, /FOO, 404",
    "c, EXACT /foo, /foo?x=1, EXACT /foo",
    "c, PREFIX /foo, /foo?/../bar, PREFIX /foo",
    "d, PREFIX /foo, /foo%2Fbar, 404",
    "d, PREFIX /foo, /foo//bar, PREFIX /foo",
    "d, PREFIX /foo;PREFIX /bar, /foo/../bar, PREFIX /bar",
    "d, PREFIX /foo;PREFIX /bar, /foo/%2e%2E/bar, PREFIX /bar",
    "d, PREFIX /foo, /%66oo, PREFIX /foo",
  })
  void rowOfTheTable(String row, String paths, String request, String expected) {
    String[] lines = Arrays.stream(paths.split(";")).map(p -> "h " + p).toArray(String[]::new);
    String wanted = expected.equals("404") ? "404" : "h " + expected;
    assertThat(Routes.take(Routes.of(lines), "h", request)).isEqualTo(wanted);
  }

  @Test
  void row17_noPathMatchesTakesTheDefaultBackend() {
    RouteTable table = Routes.of("h PREFIX /aaa", "default");
    assertThat(Routes.take(table, "h", "/ccc")).isEqualTo("default");
  }

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
