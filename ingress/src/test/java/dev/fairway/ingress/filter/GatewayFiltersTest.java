// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The filters of HTTPRoutes, one by one. */
class GatewayFiltersTest {
  private static final UpstreamSpec COPY =
      UpstreamSpec.plain(new BackendPort(new ServiceName("shop", "copy"), "", 80));

  /** The table of the API's documentation of ReplacePrefixMatch, and what it leaves open. */
  @ParameterizedTest(name = "{0} with prefix {1} replaced by {2}")
  @CsvSource({
    "/foo/bar, /foo, /xyz, /xyz/bar",
    "/foo/bar, /foo, /xyz/, /xyz/bar",
    "/foo/bar, /foo/, /xyz, /xyz/bar",
    "/foo/bar, /foo/, /xyz/, /xyz/bar",
    "/foo, /foo, /xyz, /xyz",
    "/foo/, /foo, /xyz, /xyz/",
    "/foo/bar, /foo, '', /bar",
    "/foo/, /foo, '', /",
    "/foo, /foo, '', /",
    "/foo/, /foo, /, /",
    "/foo, /foo, /, /",
    "/foo, /foo/, /xyz, /xyz",
    "/a, /, /xyz, /xyz/a",
    "/foo/bar, /foo, xyz, /xyz/bar"
  })
  void aPrefixIsReplacedByElement(String path, String prefix, String with, String expected) {
    assertThat(through("http://a" + path, new UrlRewrite("", PathChange.prefix(prefix, with))))
        .isEqualTo("forward a " + expected);
  }

  @ParameterizedTest(name = "{0} to {1} {2} {3}")
  @CsvSource({
    "http://a/x?y, '', '', 0, http://a/x?y",
    "http://a/x, https, '', 0, https://a/x",
    "https://a/x, http, '', 0, http://a/x",
    "https://a/x, '', b, 0, https://b/x",
    "http://a/x, '', '', 8080, http://a:8080/x",
    "http://a/x, https, '', 443, https://a/x",
    "http://a/x, http, '', 443, http://a:443/x",
    "http://a/x, https, b, 8443, https://b:8443/x"
  })
  void aRedirectKeepsWhatItDoesNotReplace(
      String url, String scheme, String host, int port, String expected) {
    assertThat(through(url, new RequestRedirect(scheme, host, port, null, 301)))
        .isEqualTo("301 " + expected);
  }

  @Test
  void aRedirectChangesThePathAndKeepsTheQuery() {
    assertThat(through("http://a/old/b?c", redirect(PathChange.prefix("/old", "/new"))))
        .isEqualTo("302 http://a/new/b?c");
    assertThat(through("http://a/old/b?c", redirect(PathChange.full("/all"))))
        .isEqualTo("302 http://a/all?c");
  }

  @Test
  void headerFieldsAreSetAddedAndRemovedButNotThoseOfTheConnection() {
    FakeRequest request =
        FakeRequest.request(
            "GET", "http://a/", "A", "1", "A", "2", "B", "3", "C", "4", "Connection", "close");
    request.through(
        List.of(
            new RequestHeaderModifier(
                new HeaderChanges(
                    List.of(
                        new HeaderChanges.Header("a", "9"),
                        new HeaderChanges.Header("Content-Length", "5")),
                    List.of(
                        new HeaderChanges.Header("b", "8"), new HeaderChanges.Header("x-new", "7")),
                    List.of("C", "Transfer-Encoding", "Connection")))));
    HttpFields fields = request.head().fields();
    assertThat(fields.combined("a")).isEqualTo("9");
    assertThat(fields.combined("b")).isEqualTo("3,8");
    assertThat(fields.combined("c")).isNull();
    assertThat(fields.combined("content-length")).isNull();
    assertThat(fields.combined("connection")).isEqualTo("close");
  }

  @Test
  void aHostThatIsSetIsWhatTheBackendGets() {
    assertThat(
            through(
                "http://a/",
                new RequestHeaderModifier(
                    new HeaderChanges(
                        List.of(new HeaderChanges.Header("Host", "b.example")),
                        List.of(),
                        List.of()))))
        .isEqualTo("forward b.example /");
  }

  @ParameterizedTest(name = "{0} from {1}")
  @CsvSource({
    "https://www.foo.com, https://www.foo.com, true",
    "https://www.foo.com, https://WWW.foo.com:443, true",
    "https://www.foo.com, http://www.foo.com, false",
    "https://*.bar.com, https://a.bar.com, true",
    "https://*.bar.com, https://a.b.bar.com, true",
    "https://*.bar.com, https://bar.com, false",
    "https://*.bar.com, https://evil.com/.bar.com, false",
    "https://*.bar.com, https://abar.com, false",
    "*, https://anybody.example:8443, true"
  })
  void anOriginIsAllowedAsItIsWritten(String allowed, String origin, boolean expected) {
    Cors cors = new Cors(List.of(allowed), false, List.of("GET"), List.of(), List.of(), 5);
    assertThat(preflight(cors, origin).get("access-control-allow-origin") != null)
        .isEqualTo(expected);
  }

  @Test
  void aPreflightWithCredentialsNamesNoWildcards() {
    Cors cors = new Cors(List.of("*"), true, List.of("*"), List.of("*"), List.of("*"), 60);
    HttpFields answer = preflight(cors, "https://a.example");
    assertThat(answer.get("access-control-allow-origin")).isEqualTo("https://a.example");
    assertThat(answer.get("access-control-allow-credentials")).isEqualTo("true");
    assertThat(answer.get("access-control-allow-methods")).isEqualTo("PUT");
    assertThat(answer.get("access-control-allow-headers")).isEqualTo("x-a, x-b");
    assertThat(answer.get("access-control-expose-headers")).isNull();
    assertThat(answer.get("access-control-max-age")).isEqualTo("60");
  }

  @Test
  void whatTheBackendSaysAboutOriginsIsReplaced() {
    Cors cors = new Cors(List.of("https://a"), false, List.of("GET"), List.of(), List.of("x-e"), 5);
    assertThat(actual(cors, "https://a")).isEqualTo("https://a / x-e");
    assertThat(actual(cors, "https://b")).isEqualTo("null / null");
    assertThat(actual(cors, null)).isEqualTo("https://backends / null");
  }

  @Test
  void aShareOfRequestsIsMirrored() {
    // The fake's chance is in the middle.
    assertThat(mirrored(new RequestMirror(COPY, 100, 100))).containsExactly(COPY);
    assertThat(mirrored(new RequestMirror(COPY, 51, 100))).containsExactly(COPY);
    assertThat(mirrored(new RequestMirror(COPY, 50, 100))).isEmpty();
    assertThat(mirrored(new RequestMirror(COPY, 0, 100))).isEmpty();
  }

  private static List<UpstreamSpec> mirrored(RequestMirror mirror) {
    FakeRequest request = FakeRequest.get("http://a/");
    request.through(List.of(mirror));
    return request.mirrors();
  }

  private static RouteFilter redirect(PathChange path) {
    return new RequestRedirect("", "", 0, path, 302);
  }

  private static String through(String url, RouteFilter filter) {
    return FakeRequest.get(url).through(List.of(filter));
  }

  private static HttpFields preflight(Cors cors, String origin) {
    FakeRequest request =
        FakeRequest.request(
            "OPTIONS",
            "http://a/",
            "Origin",
            origin,
            "Access-Control-Request-Method",
            "PUT",
            "Access-Control-Request-Headers",
            "x-a, x-b");
    assertThat(request.through(List.of(cors))).isEqualTo("200");
    return request.response();
  }

  private static String actual(Cors cors, @Nullable String origin) {
    FakeRequest request =
        origin == null
            ? FakeRequest.get("http://a/")
            : FakeRequest.request("GET", "http://a/", "Origin", origin);
    request.through(List.of(cors));
    HttpFields fields = new HttpFields();
    fields.add("Access-Control-Allow-Origin", "https://backends");
    request.response(fields);
    return fields.get("access-control-allow-origin")
        + " / "
        + fields.get("access-control-expose-headers");
  }
}
