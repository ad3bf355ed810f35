// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static dev.fairway.ingress.translate.gateway.Manifests.BASE;
import static dev.fairway.ingress.translate.gateway.Manifests.EDGE;
import static dev.fairway.ingress.translate.gateway.Manifests.gateway;
import static dev.fairway.ingress.translate.gateway.Manifests.http;
import static dev.fairway.ingress.translate.gateway.Manifests.object;
import static dev.fairway.ingress.translate.gateway.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTPRoutes: what requests get and what the status says, by the words of the Gateway API. */
class HttpRouteTranslationTest {
  private static final String WEB = "backendRefs: [{name: web, port: 80}]";
  private static final String API = "backendRefs: [{name: api, port: 80}]";

  @ParameterizedTest(name = "{0}")
  @MethodSource({"matching", "filters", "backends"})
  void aRequestIsAnsweredAsTheRouteSays(
      String name, List<String> manifests, List<String> exchanges) {
    World world = world(manifests);
    for (String exchange : exchanges) {
      String[] parts = exchange.split(" => ", -1);
      assertThat(world.answer("10.250.0.1", 80, parts[0])).as(exchange).isEqualTo(parts[1]);
    }
  }

  static Stream<Arguments> matching() {
    return Stream.of(
        row(
            "a route without rules' matches takes every path",
            http("r", "rules: [{" + WEB + "}]"),
            "GET a.example/x => infra/web:80"),
        row(
            "a prefix matches by element",
            http("r", "rules: [{matches: [{path: {value: /v2}}], " + WEB + "}]"),
            "GET a/v2 => infra/web:80",
            "GET a/v2/ => infra/web:80",
            "GET a/v2/b => infra/web:80",
            "GET a/v2example => 404",
            "GET a/ => 404"),
        row(
            "an exact path matches nothing else",
            http("r", "rules: [{matches: [{path: {type: Exact, value: /one}}], " + WEB + "}]"),
            "GET a/one => infra/web:80",
            "GET a/one/ => 404",
            "GET a/One => 404"),
        row(
            "an exact path is before a longer prefix",
            http(
                "r",
                "rules: [{matches: [{path: {value: /a/b}}], "
                    + API
                    + "}, {matches: [{path: {type: Exact, value: /a/b}}], "
                    + WEB
                    + "}]"),
            "GET a/a/b => infra/web:80",
            "GET a/a/b/c => infra/api:80"),
        row(
            "the longest prefix is first, whatever the order of rules",
            http(
                "r",
                "rules: [{matches: [{path: {value: /}}], "
                    + API
                    + "}, {matches: [{path: {value: /deep/er}}], "
                    + WEB
                    + "}]"),
            "GET a/deep/er/x => infra/web:80",
            "GET a/deep => infra/api:80"),
        row(
            "an expression matches from the start of the path",
            http(
                "r",
                "rules: [{matches: [{path: {type: RegularExpression, value: '/v[0-9]+/x'}}], "
                    + WEB
                    + "}]"),
            "GET a/v12/x => infra/web:80",
            "GET a/w/v1/x => 404"),
        row(
            "a method is before more header fields",
            http(
                "r",
                "rules: [{matches: [{headers: [{name: x, value: '1'}]}], "
                    + API
                    + "}, {matches: [{method: PUT}], "
                    + WEB
                    + "}]"),
            "PUT a/ x:1 => infra/web:80",
            "GET a/ x:1 => infra/api:80",
            "GET a/ => 404"),
        row(
            "more header fields are before fewer",
            http(
                "r",
                "rules: [{matches: [{headers: [{name: a, value: '1'}]}], "
                    + API
                    + "}, {matches: [{headers: [{name: a, value: '1'}, {name: b, value: '2'}]}], "
                    + WEB
                    + "}]"),
            "GET a/ a:1 b:2 => infra/web:80",
            "GET a/ a:1 => infra/api:80"),
        row(
            "names of header fields have no case, values have",
            http(
                "r", "rules: [{matches: [{headers: [{name: Version, value: Two}]}], " + WEB + "}]"),
            "GET a/ version:Two => infra/web:80",
            "GET a/ version:two => 404"),
        row(
            "of two conditions on one header field the first counts",
            http(
                "r",
                "rules: [{matches: [{headers: [{name: a, value: '1'}, {name: A, value: '2'}]}], "
                    + WEB
                    + "}]"),
            "GET a/ a:1 => infra/web:80",
            "GET a/ a:2 => 404"),
        row(
            "query parameters are decoded, the first value counts",
            http(
                "r",
                "rules: [{matches: [{queryParams: [{name: animal, value: 'blue whale'}]}], "
                    + WEB
                    + "}]"),
            "GET a/?animal=blue%20whale => infra/web:80",
            "GET a/?animal=blue+whale&animal=x => infra/web:80",
            "GET a/?animal=x&animal=blue+whale => 404",
            "GET a/?Animal=blue%20whale => 404"),
        row(
            "several matches of a rule are alternatives",
            http(
                "r", "rules: [{matches: [{path: {value: /a}}, {path: {value: /b}}], " + WEB + "}]"),
            "GET a/a => infra/web:80",
            "GET a/b => infra/web:80",
            "GET a/c => 404"),
        row(
            "of two equal rules the first wins",
            http("r", "rules: [{" + WEB + "}, {" + API + "}]"),
            "GET a/ => infra/web:80"),
        row(
            "of two equal routes the older wins",
            aged("young", 20, API) + "---\n" + aged("old", 10, WEB),
            "GET a/ => infra/web:80"),
        row(
            "of two routes of one age the first by name wins",
            http("b", "rules: [{" + API + "}]") + "---\n" + http("a", "rules: [{" + WEB + "}]"),
            "GET a/ => infra/web:80"),
        row(
            "the most specific host is first, others follow where it has no match",
            http("any", "hostnames: ['*.example'], rules: [{" + API + "}]")
                + "---\n"
                + http(
                    "one",
                    "hostnames: [a.example], rules: [{matches: [{path: {value: /x}}], "
                        + WEB
                        + "}]"),
            "GET a.example/x => infra/web:80",
            "GET a.example/y => infra/api:80",
            "GET b.a.example/x => infra/api:80",
            "GET example/x => 404"),
        row(
            "hosts have no case and no port",
            http("r", "hostnames: [Shop.Example], rules: [{" + WEB + "}]"),
            "GET SHOP.example:8080/ => infra/web:80"));
  }

  static Stream<Arguments> filters() {
    return Stream.of(
        row(
            "header fields of requests are changed",
            http(
                "r",
                "rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set:"
                    + " [{name: A, value: b}], add: [{name: C, value: d}], remove: [E]}}], "
                    + WEB
                    + "}]"),
            "GET a/ => request header fields: sets A, adds C, removes E; infra/web:80"),
        row(
            "a redirect needs no backend",
            http(
                "r",
                "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https,"
                    + " statusCode: 301}}]}]"),
            "GET a/ => redirects with 301 to https; 500"),
        row(
            "a prefix is replaced as it was matched",
            http(
                "r",
                "rules: [{matches: [{path: {value: /one}}, {path: {value: /two}}], filters: [{type:"
                    + " URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch,"
                    + " replacePrefixMatch: /x}}}], "
                    + WEB
                    + "}]"),
            "GET a/one/z => rewrites; the prefix /one becomes /x; infra/web:80",
            "GET a/two => rewrites; the prefix /two becomes /x; infra/web:80"),
        row(
            "a mirror copies by share",
            http(
                "r",
                "rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: api,"
                    + " port: 80}, fraction: {numerator: 1, denominator: 3}}}], "
                    + WEB
                    + "}]"),
            "GET a/ => copies 1 of 3 requests to infra/api:80; infra/web:80"),
        row(
            "a mirror whose target is missing leaves the rest as it is",
            http(
                "r",
                "rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: gone,"
                    + " port: 80}}}], "
                    + WEB
                    + "}]"),
            "GET a/ => infra/web:80"),
        row(
            "a rule with a filter that is not known answers 500, other rules are served",
            http(
                "r",
                "rules: [{matches: [{path: {value: /x}}], filters: [{type: ExtensionRef,"
                    + " extensionRef: {group: g, kind: k, name: n}}], "
                    + WEB
                    + "}, {"
                    + WEB
                    + "}]"),
            "GET a/x => 500",
            "GET a/y => infra/web:80"),
        row(
            "a header value with a line break is refused",
            http(
                "r",
                "rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set:"
                    + " [{name: a, value: \"b\\r\\nc: d\"}]}}], "
                    + WEB
                    + "}]"),
            "GET a/ => 500"));
  }

  static Stream<Arguments> backends() {
    return Stream.of(
        row(
            "weights are kept, 1 where absent",
            http(
                "r",
                "rules: [{backendRefs: [{name: web, port: 80, weight: 9}, {name: api, port:"
                    + " 80}]}]"),
            "GET a/ => infra/web:80 x9, infra/api:80"),
        row(
            "a reference that is not valid answers its share with 500",
            http(
                "r",
                "rules: [{backendRefs: [{name: web, port: 80}, {name: gone, port: 80, weight:"
                    + " 3}]}]"),
            "GET a/ => infra/web:80, 500 x3"),
        row("a rule without backends answers 500", http("r", "rules: [{}]"), "GET a/ => 500"),
        row(
            "a rule whose weights are all 0 answers 500",
            http("r", "rules: [{backendRefs: [{name: web, port: 80, weight: 0}]}]"),
            "GET a/ => 500"),
        row(
            "appProtocol h2c is spoken",
            http("r", "rules: [{backendRefs: [{name: web, port: 81}]}]"),
            "GET a/ => infra/web:81 h2"),
        row(
            "a port that the Service does not have answers 500",
            http("r", "rules: [{backendRefs: [{name: web, port: 99}]}]"),
            "GET a/ => 500"),
        row(
            "another namespace needs a grant",
            http("r", "rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]"),
            "GET a/ => 500"),
        row(
            "another namespace with a grant",
            http("r", "rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]")
                + "---\n"
                + grant("shop", "HTTPRoute", "infra", "{group: '', kind: Service, name: web}"),
            "GET a/ => shop/web:80"),
        row(
            "filters of a backend are its own",
            http(
                "r",
                "rules: [{backendRefs: [{name: web, port: 80, filters: [{type:"
                    + " RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]}]}]"),
            "GET a/ => infra/web:80 (request header fields: removes x)"),
        row(
            "a backend rewrites the prefix that its rule matched",
            http(
                "r",
                "rules: [{matches: [{path: {value: /one}}], backendRefs: [{name: web, port: 80,"
                    + " filters: [{type: URLRewrite, urlRewrite: {path: {type:"
                    + " ReplacePrefixMatch, replacePrefixMatch: /}}}]}, {name: api, port: 80}]}]"),
            "GET a/one/x => infra/web:80 (rewrites; the prefix /one becomes /), infra/api:80"),
        row(
            "two routes for one host are both served",
            http(
                    "r",
                    "hostnames: [a.example], rules: [{matches: [{path: {value: /r}}], "
                        + WEB
                        + "}]")
                + "---\n"
                + http(
                    "s",
                    "hostnames: [a.example], rules: [{matches: [{path: {value: /s}}], "
                        + API
                        + "}]"),
            "GET a.example/r => infra/web:80",
            "GET a.example/s => infra/api:80"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("statuses")
  void aStatusSaysWhatIsWrong(String name, List<String> manifests, List<String> expected) {
    assertThat(world(manifests).lines()).as(name).containsAll(expected);
  }

  static Stream<Arguments> statuses() {
    return Stream.of(
        row(
            "a good route",
            http("r", "rules: [{" + WEB + "}]"),
            "HTTPRoute infra/r at edge Accepted=True Accepted",
            "HTTPRoute infra/r at edge ResolvedRefs=True ResolvedRefs",
            "Gateway infra/edge [http] attached=1"),
        row(
            "a listener that is not there",
            route("HTTPRoute", "infra", "r", "{name: edge, sectionName: gone}", ""),
            "HTTPRoute infra/r at edge/gone Accepted=False NoMatchingParent",
            "Gateway infra/edge [http] attached=0"),
        row(
            "a port that is not there",
            route("HTTPRoute", "infra", "r", "{name: edge, port: 81}", ""),
            "HTTPRoute infra/r at edge Accepted=False NoMatchingParent"),
        row(
            "a section on another port",
            route("HTTPRoute", "infra", "r", "{name: edge, sectionName: http, port: 81}", ""),
            "HTTPRoute infra/r at edge/http Accepted=False NoMatchingParent"),
        row(
            "a namespace that is not allowed",
            gateway("strict", "{name: http, port: 80, protocol: HTTP}")
                + "---\n"
                + route("HTTPRoute", "shop", "r", "{name: strict, namespace: infra}", ""),
            "HTTPRoute shop/r at strict Accepted=False NotAllowedByListeners"),
        row(
            "a namespace that is allowed by label",
            gateway(
                    "strict",
                    "{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from:"
                        + " Selector, selector: {matchLabels: {team: shop}}}}}")
                + "---\n"
                + route("HTTPRoute", "shop", "r", "{name: strict, namespace: infra}", "")
                + "---\n"
                + route("HTTPRoute", "other", "r", "{name: strict, namespace: infra}", ""),
            "HTTPRoute shop/r at strict Accepted=True Accepted",
            "HTTPRoute other/r at strict Accepted=False NotAllowedByListeners"),
        row(
            "a kind that is not allowed",
            gateway(
                    "grpc",
                    "{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind:"
                        + " GRPCRoute}]}}")
                + "---\n"
                + route("HTTPRoute", "infra", "r", "{name: grpc}", ""),
            "HTTPRoute infra/r at grpc Accepted=False NotAllowedByListeners"),
        row(
            "hosts that no listener has",
            gateway("named", "{name: http, port: 80, protocol: HTTP, hostname: a.example}")
                + "---\n"
                + route("HTTPRoute", "infra", "r", "{name: named}", "hostnames: [b.example]"),
            "HTTPRoute infra/r at named Accepted=False NoMatchingListenerHostname",
            "Gateway infra/named [http] attached=0"),
        row(
            "a backend that is missing",
            http("r", "rules: [{backendRefs: [{name: gone, port: 80}]}]"),
            "HTTPRoute infra/r at edge Accepted=True Accepted",
            "HTTPRoute infra/r at edge ResolvedRefs=False BackendNotFound",
            "Gateway infra/edge [http] attached=1"),
        row(
            "a backend of another kind",
            http("r", "rules: [{backendRefs: [{kind: Pod, name: web, port: 80}]}]"),
            "HTTPRoute infra/r at edge ResolvedRefs=False InvalidKind"),
        row(
            "a backend that is not permitted",
            http("r", "rules: [{backendRefs: [{name: gone, namespace: shop, port: 80}]}]"),
            "HTTPRoute infra/r at edge ResolvedRefs=False RefNotPermitted"),
        row(
            "a grant for another kind of route permits nothing",
            http("r", "rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]")
                + "---\n"
                + grant("shop", "GRPCRoute", "infra", "{group: '', kind: Service}"),
            "HTTPRoute infra/r at edge ResolvedRefs=False RefNotPermitted"),
        row(
            "a redirect and a rewrite in one rule",
            http(
                "r",
                "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}},"
                    + " {type: URLRewrite, urlRewrite: {hostname: b}}]}]"),
            "HTTPRoute infra/r at edge Accepted=False IncompatibleFilters"),
        row(
            "an expression that is none",
            http(
                "r",
                "rules: [{matches: [{path: {type: RegularExpression, value: '/('}}], "
                    + WEB
                    + "}]"),
            "HTTPRoute infra/r at edge Accepted=False UnsupportedValue"),
        row(
            "one rule of two that is not served",
            http(
                "r",
                "rules: [{matches: [{path: {value: /x}}], filters: [{type: ExternalAuth}]}, {"
                    + WEB
                    + "}]"),
            "HTTPRoute infra/r at edge Accepted=True Accepted",
            "HTTPRoute infra/r at edge PartiallyInvalid=True UnsupportedValue"),
        row(
            "two parents are judged apart",
            route("HTTPRoute", "infra", "r", "{name: edge}, {name: edge, sectionName: x}", ""),
            "HTTPRoute infra/r at edge Accepted=True Accepted",
            "HTTPRoute infra/r at edge/x Accepted=False NoMatchingParent",
            "Gateway infra/edge [http] attached=1"));
  }

  @Test
  void aRouteOfAnotherControllersGatewayGetsNoStatusOfOurs() {
    World world =
        new World(
            BASE,
            EDGE.replace("gatewayClassName: fairway", "gatewayClassName: foreign"),
            http("r", "rules: [{" + WEB + "}]"));
    assertThat(world.translation().statuses().routes()).isEmpty();
    assertThat(world.translation().statuses().gateways()).isEmpty();
    assertThat(world.translation().ports()).isEmpty();
  }

  @Test
  void namesMayBeAsLongAsTheyMayBe() {
    String longest = "n".repeat(253);
    World world =
        new World(
            BASE,
            EDGE.replace("name: edge", "name: " + longest),
            route(
                "HTTPRoute",
                "infra",
                longest,
                "{name: " + longest + "}",
                "rules: [{" + WEB + "}]"));
    assertThat(world.answer("10.250.0.1", 80, "GET a/x")).isEqualTo("infra/web:80");
    assertThat(world.lines())
        .contains("HTTPRoute infra/" + longest + " at " + longest + " Accepted=True Accepted");
  }

  @Test
  void conditionsCarryTheGenerationOfTheirObject() {
    World world = new World(BASE, EDGE, http("r", ""));
    assertThat(world.translation().statuses().routes().values())
        .singleElement()
        .satisfies(parents ->
            assertThat(parents.getFirst().conditions())
                .allMatch(condition -> Long.valueOf(2).equals(condition.observedGeneration())));
    assertThat(world.translation().statuses().gateways().values())
        .singleElement()
        .satisfies(status ->
            assertThat(status.conditions())
                .allMatch(condition -> Long.valueOf(3).equals(condition.observedGeneration())));
  }

  private static World world(List<String> manifests) {
    return new World(manifests.toArray(String[]::new));
  }

  private static String aged(String name, int second, String backends) {
    return http(name, "rules: [{" + backends + "}]")
        .replace(
            "generation: 2",
            "generation: 2, creationTimestamp: '2026-01-01T00:00:" + second + "Z'");
  }

  static String grant(String namespace, String fromKind, String fromNamespace, String to) {
    return object(
        "ReferenceGrant",
        namespace,
        "g",
        "{from: [{group: gateway.networking.k8s.io, kind: "
            + fromKind
            + ", namespace: "
            + fromNamespace
            + "}], to: ["
            + to
            + "]}");
  }

  private static Arguments row(String name, String manifests, String... expected) {
    return Arguments.of(name, List.of(BASE, EDGE, manifests), Arrays.asList(expected));
  }
}
