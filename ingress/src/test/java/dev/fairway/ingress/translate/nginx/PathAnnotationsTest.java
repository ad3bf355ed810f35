// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.translate.TranslatorOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expressions, rewriting, aliases of hosts, and what ingress-nginx makes of paths. */
class PathAnnotationsTest {
  private static final TranslatorOptions SPEC = Annotated.options();
  private static final TranslatorOptions COMPAT = SPEC.withIngressNginx(true);
  private static final String FREE = "ImplementationSpecific";

  @ParameterizedTest(name = "{0} {1}, {2}: {3} becomes {4}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ImplementationSpecific | '/something(/|$)(.*)' | rewrite-target=/$2 | /something | /",
        "ImplementationSpecific | '/something(/|$)(.*)' | rewrite-target=/$2 | /something/ | /",
        "ImplementationSpecific | '/something(/|$)(.*)' | rewrite-target=/$2 | /something/new?a=b | /new?a=b",
        "ImplementationSpecific | '/something(/|$)(.*)' | rewrite-target=/$2 | /SomeThing/New | /New",
        "ImplementationSpecific | '/(?:a|b)/(.*)' | rewrite-target=/x/$1 | /b/c/d | /x/c/d",
        "Prefix | /app | rewrite-target=/ | /app/any/thing | /",
        "Prefix | /app | rewrite-target=/ | /app?x=1 | /?x=1",
        "Prefix | /app | rewrite-target=/app | /app/x | /app/x",
        "Exact  | /app | rewrite-target=/other | /app | /other",
        "ImplementationSpecific | /v1/(.*) | rewrite-target=/$1?from=v1 | /v1/a | /a?from=v1",
        "ImplementationSpecific | /v1/(.*) | rewrite-target=/$1?from=v1 | /v1/a?x=y | /a?from=v1&x=y",
        "ImplementationSpecific | /v1/(.*) | rewrite-target=$1 | /v1/a | /a",
        "ImplementationSpecific | /v1/(.*) | rewrite-target=/$9/a | /v1/a | //a",
        "ImplementationSpecific | /(.)(.)/x | rewrite-target=/$1$2/y | /ab/x | /ab/y",
        "ImplementationSpecific | /a(%2F)?(.*) | rewrite-target=/$2 | /a%2Fb | /b",
      })
  void pathIsRewritten(String type, String path, String annotation, String asked, String got) {
    Annotated result = Annotated.path(SPEC, type, path, annotation);
    assertThat(result.told()).isEmpty();
    assertThat(result.get("http://h" + asked)).isEqualTo("forward h " + got);
  }

  @ParameterizedTest(name = "rewrite-target {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "https://other/$1",
        "x y",
        "/a#b",
        "/a\"; proxy_pass http://evil",
        "/a{b}",
        "relative"
      })
  void rewriteTargetThatIsNoPathIsToldAndWithoutEffect(String value) {
    Annotated result =
        Annotated.compile(
            SPEC,
            Map.of(),
            TestObjects.ingress("a")
                .annotation(Annotated.PREFIX + "rewrite-target", value)
                .host("h")
                .prefix("/", "web")
                .build());
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.get("http://h/x")).isEqualTo("forward h /x");
  }

  @Test
  void groupsCannotComposeAWayOutOfTheTarget() {
    Annotated result =
        Annotated.path(SPEC, FREE, "/x/(.)/(.)/(.*)", "rewrite-target=/files/$1$2/$3");
    assertThat(result.get("http://h/x/%2E/b/c")).isEqualTo("no route");
    Annotated dots = Annotated.path(SPEC, FREE, "/x/a(.)b(.)/(.*)", "rewrite-target=/$1$2/$3");
    assertThat(dots.get("http://h/x/a.b./etc")).isEqualTo("400");
  }

  @Test
  void backendLearnsThePrefixOnlyWhereThePathIsRewritten() {
    Annotated result =
        Annotated.path(SPEC, FREE, "/(v[0-9])/(.*)", "rewrite-target=/$2; x-forwarded-prefix=/$1");
    FakeRequest request =
        FakeRequest.request("GET", "http://h/v2/a", "X-Forwarded-Prefix", "/forged");
    assertThat(result.send(request)).isEqualTo("forward h /a");
    assertThat(request.head().fields().combined("x-forwarded-prefix")).isEqualTo("/v2");
    Annotated without = Annotated.path(SPEC, FREE, "/v1", "x-forwarded-prefix=/v1");
    FakeRequest plain = FakeRequest.get("http://h/v1");
    without.send(plain);
    assertThat(plain.head().fields().get("x-forwarded-prefix")).isNull();
  }

  @ParameterizedTest(name = "use-regex, {0} {1}: {2} matches {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "ImplementationSpecific | /foo/[a-z]+/bar | /foo/x/bar  | true",
        "ImplementationSpecific | /foo/[a-z]+/bar | /FOO/X/BAR  | true",
        "ImplementationSpecific | /foo/[a-z]+/bar | /foo/1/bar  | false",
        "ImplementationSpecific | /foo            | /foobar     | true",
        "ImplementationSpecific | /foo            | /a/foo      | false",
        "Prefix                 | /foo            | /foobar     | false",
        "Exact                  | /foo            | /FOO        | false",
      })
  void onlyImplementationSpecificPathsAreExpressions(
      String type, String path, String asked, boolean matches) {
    Annotated result = Annotated.path(SPEC, type, path, "use-regex=true");
    assertThat(result.get("http://h" + asked))
        .isEqualTo(matches ? "forward h " + asked : "no route");
  }

  @Test
  void expressionThatIsNoneClosesItsPathOnly() {
    Annotated result =
        Annotated.compile(
            SPEC,
            Map.of(),
            Annotated.ingress("a", "use-regex=true")
                .host("h")
                .path(FREE, "/(unclosed", TestObjects.backend("web"))
                .path(FREE, "/look(?=ahead)", TestObjects.backend("web"))
                .path(FREE, "/ok.*", TestObjects.backend("web"))
                .build());
    assertThat(result.reasons()).containsExactly("InvalidRegex", "InvalidRegex");
    assertThat(result.get("http://h/ok1")).isEqualTo("forward h /ok1");
  }

  @ParameterizedTest(name = "compat, {0}: {1} goes to {2}")
  @CsvSource({
    "rewrite of another Ingress, http://h/exact/more, web-exact",
    "any case, http://h/EXACT, web-exact",
    "prefix inside an element, http://h/prefixes, web-prefix",
    "longest first, http://h/prefix/long/x, web-long",
    "another host, http://other/EXACT, none",
  })
  void ingressNginxMakesEveryPathOfTheHostAnExpression(String what, String url, String service) {
    Annotated result =
        Annotated.compile(
            COMPAT,
            Map.of(),
            Annotated.ingress("a", "")
                .host("h")
                .exact("/exact", "web-exact")
                .prefix("/prefix", "web-prefix")
                .prefix("/prefix/long", "web-long")
                .host("other")
                .exact("/exact", "web-exact")
                .build(),
            Annotated.ingress("b", "rewrite-target=/")
                .namespace("elsewhere")
                .host("h")
                .path(FREE, "/rewritten", TestObjects.backend("rewritten"))
                .build());
    if (service.equals("none")) {
      assertThat(result.get(url)).isEqualTo("no route");
    } else {
      assertThat(result.backend(url).upstream()).hasToString("shop/" + service + ":http");
    }
  }

  @ParameterizedTest(name = "compat, path {0} of type {1}")
  @CsvSource(
      delimiter = '|',
      value = {"/a(.*) | Prefix", "/a b | Exact", "/a;b | Prefix"})
  void ingressNginxTakesPlainPathsOnly(String path, String type) {
    Annotated result = Annotated.path(COMPAT, type, path, "");
    assertThat(result.reasons()).containsExactly("InvalidPath");
  }

  @ParameterizedTest(name = "compat, {0}: {1} {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "Prefix | http://h/foo?x=1  | 301 http://h/foo/?x=1",
        "Exact  | http://h/foo      | 301 http://h/foo/",
        "Prefix | http://h/foo/     | forward h /foo/",
        "Prefix | http://h/foo/bar  | forward h /foo/bar",
        "Exact  | http://h/foo/bar  | no route",
      })
  void ingressNginxRedirectsToTheSlash(String type, String url, String outcome) {
    assertThat(Annotated.path(COMPAT, type, "/foo/", "").get(url)).isEqualTo(outcome);
    assertThat(Annotated.path(SPEC, type, "/foo/", "").get(url)).doesNotStartWith("301");
  }

  @Test
  void ingressNginxRedirectsNoPathThatIsKnownWithoutTheSlash() {
    Annotated result =
        Annotated.compile(
            COMPAT,
            Map.of(),
            Annotated.ingress("a", "").host("h").prefix("/foo/", "a").exact("/foo", "b").build());
    assertThat(result.backend("http://h/foo").upstream()).hasToString("shop/b:http");
    assertThat(result.backend("http://h/foo/x").upstream()).hasToString("shop/a:http");
  }

  @Test
  void aliasServesThePathsOfItsIngress() {
    Annotated result =
        Annotated.compile(
            SPEC,
            Map.of(),
            Annotated.ingress("a", "server-alias=Other.example, *.more.example")
                .host("h")
                .prefix("/a", "web")
                .build());
    assertThat(result.told()).isEmpty();
    assertThat(result.get("http://other.example/a")).isEqualTo("forward other.example /a");
    assertThat(result.get("http://x.more.example/a")).isEqualTo("forward x.more.example /a");
    assertThat(result.get("http://other.example/b")).isEqualTo("no route");
  }

  @Test
  void hostOfARuleIsNobodysAlias() {
    Annotated result =
        Annotated.compile(
            SPEC,
            Map.of(),
            Annotated.ingress("a", "server-alias=real").host("h").prefix("/", "alias").build(),
            Annotated.ingress("b", "").createdSecond(9).host("real").prefix("/r", "real").build());
    assertThat(result.get("http://real/a")).isEqualTo("no route");
    assertThat(result.backend("http://real/r").upstream()).hasToString("shop/real:http");
    assertThat(result.reasons()).containsExactly("Conflict");
  }

  @ParameterizedTest(name = "server-alias {0}")
  @CsvSource(
      delimiter = '|',
      value = {"~^www\\d+$", "a..b", "-x", "a b", "*"})
  void aliasThatIsNoHostIsToldAndTheOthersAreServed(String alias) {
    Annotated result = Annotated.web("server-alias=good.example," + alias);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.get("http://good.example/")).isEqualTo("forward good.example /");
  }

  @ParameterizedTest(name = "upstream-vhost {0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "inner.example      | forward inner.example /",
        "inner.example:8080 | forward inner.example:8080 /",
        "$host              | forward h /",
        "a b                | forward h:81 /",
        "a/b                | forward h:81 /",
      })
  void backendGetsAnotherHost(String value, String outcome) {
    assertThat(Annotated.web("upstream-vhost=" + value).get("http://h:81/")).isEqualTo(outcome);
  }
}
