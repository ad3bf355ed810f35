// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static dev.fairway.ingress.translate.gateway.Manifests.BASE;
import static dev.fairway.ingress.translate.gateway.Manifests.gateway;
import static dev.fairway.ingress.translate.gateway.Manifests.object;
import static dev.fairway.ingress.translate.gateway.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** GRPCRoutes, TLSRoutes, TCPRoutes, UDPRoutes and BackendTLSPolicies. */
class OtherRoutesTranslationTest {
  private static final String ADDRESS = "10.250.0.1";
  private static final String WEB = "backendRefs: [{name: web, port: 80}]";
  private static final String API = "backendRefs: [{name: api, port: 80}]";

  private static final String VALID = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";

  /** A Gateway with a listener of each protocol. */
  private static final String EDGE =
      gateway(
          "edge",
          "{name: http, port: 80, protocol: HTTP}, {name: tls, port: 443, protocol: TLS, hostname:"
              + " '*.example', tls: {mode: Passthrough}}, {name: end, port: 443, protocol: TLS,"
              + " hostname: end.example, tls: {certificateRefs: [{name: good}]}}, {name: tcp, port:"
              + " 9000, protocol: TCP}, {name: udp, port: 53, protocol: UDP}");

  @ParameterizedTest(name = "{0}")
  @MethodSource("grpc")
  void aCallIsAnsweredAsTheRouteSays(String name, String manifests, List<String> exchanges) {
    World world = new World(BASE, GatewayTranslationTest.secrets(), EDGE, manifests);
    for (String exchange : exchanges) {
      String[] parts = exchange.split(" => ", -1);
      assertThat(world.answer(ADDRESS, 80, "POST " + parts[0])).as(exchange).isEqualTo(parts[1]);
    }
  }

  @Test
  void aGrpcRouteIsServedByEachOfItsGateways() {
    World world =
        new World(
            BASE,
            gateway("edge", "{name: http, port: 80, protocol: HTTP}"),
            gateway("second", "{name: http, port: 8080, protocol: HTTP, hostname: b.example}"),
            route(
                "GRPCRoute",
                "infra",
                "g",
                "{name: edge}, {name: second}",
                "hostnames: [a.example, b.example], rules: [{" + WEB + "}]"));
    assertThat(world.lines())
        .contains(
            "GRPCRoute infra/g at edge Accepted=True Accepted",
            "GRPCRoute infra/g at second Accepted=True Accepted",
            "Gateway infra/edge [http] attached=1",
            "Gateway infra/second [http] attached=1");
    assertThat(world.answer("10.250.0.1", 80, "POST a.example/p.S/M")).isEqualTo("infra/web:80 h2");
    assertThat(world.answer("10.250.0.2", 8080, "POST b.example/p.S/M"))
        .isEqualTo("infra/web:80 h2");
    assertThat(world.answer("10.250.0.2", 8080, "POST a.example/p.S/M")).isEqualTo("404");
  }

  static Stream<Arguments> grpc() {
    return Stream.of(
        row(
            "every call",
            grpcRoute("rules: [{" + WEB + "}]"),
            "a/pkg.Echo/Call => infra/web:80 h2"),
        row(
            "a service and a method",
            grpcRoute(
                "rules: [{matches: [{method: {service: pkg.Echo, method: Call}}], " + WEB + "}]"),
            "a/pkg.Echo/Call => infra/web:80 h2",
            "a/pkg.Echo/call => 404",
            "a/pkg.Echo/CallMore => 404"),
        row(
            "a service",
            grpcRoute("rules: [{matches: [{method: {service: pkg.Echo}}], " + WEB + "}]"),
            "a/pkg.Echo/Any => infra/web:80 h2",
            "a/pkg.EchoMore/Any => 404"),
        row(
            "a method of any service",
            grpcRoute("rules: [{matches: [{method: {method: Ca.l}}], " + WEB + "}]"),
            "a/pkg.Echo/Ca.l => infra/web:80 h2",
            "a/pkg.Echo/Call => 404",
            "a/pkg.Echo/Ca.lMore => 404"),
        row(
            "expressions",
            grpcRoute(
                "rules: [{matches: [{method: {type: RegularExpression, service: 'pkg[.].*', method:"
                    + " 'Get|List'}}], "
                    + WEB
                    + "}]"),
            "a/pkg.Echo/List => infra/web:80 h2",
            "a/pkg.Echo/Lists => 404",
            "a/other/List => 404"),
        row(
            "a method is before its service",
            grpcRoute(
                "rules: [{matches: [{method: {service: s}}], "
                    + API
                    + "}, {matches: [{method: {service: s, method: m}}], "
                    + WEB
                    + "}]"),
            "a/s/m => infra/web:80 h2",
            "a/s/n => infra/api:80 h2"),
        row(
            "header fields",
            grpcRoute("rules: [{matches: [{headers: [{name: Color, value: blue}]}], " + WEB + "}]"),
            "a/s/m color:blue => infra/web:80 h2",
            "a/s/m color:red => 404"),
        row(
            "filters",
            grpcRoute(
                "rules: [{filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {remove:"
                    + " [x]}}], "
                    + WEB
                    + "}]"),
            "a/s/m => response header fields: removes x; infra/web:80 h2"),
        row(
            "header fields of calls are changed",
            grpcRoute(
                "rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add:"
                    + " [{name: a, value: b}]}}], "
                    + WEB
                    + "}]"),
            "a/s/m => request header fields: adds a; infra/web:80 h2"),
        row(
            "a policy of the backend",
            grpcRoute("rules: [{backendRefs: [{name: web, port: 443}]}]")
                + "---\n"
                + authority()
                + "---\n"
                + policy("p", VALID, ""),
            "a/s/m => infra/web:443 as web.example h2"),
        row(
            "a backend that is missing",
            grpcRoute("rules: [{backendRefs: [{name: gone, port: 80}]}]"),
            "a/s/m => 500"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("streams")
  void aStreamGoesWhereTheRouteSays(String name, String manifests, List<String> streams) {
    World world = new World(BASE, GatewayTranslationTest.secrets(), EDGE, manifests);
    for (String stream : streams) {
      String[] parts = stream.split(" => ", -1);
      String actual =
          switch (parts[0]) {
            case "tcp" -> world.streams(ADDRESS, 9000, false);
            case "udp" -> world.streams(ADDRESS, 53, true);
            default -> world.tls(ADDRESS, 443, parts[0].equals("-") ? "" : parts[0]);
          };
      assertThat(actual).as(stream).isEqualTo(parts[1]);
    }
  }

  static Stream<Arguments> streams() {
    return Stream.of(
        row("no route at all", "", "tcp => ", "udp => ", "a.example => closed", "- => closed"),
        row(
            "TLS is passed through by its name",
            at("TLSRoute", "t", "hostnames: [a.example], rules: [{" + WEB + "}]"),
            "a.example => to infra/web:80",
            "b.example => closed",
            "a.other => closed",
            "- => closed"),
        row(
            "a name with a wildcard stands for any number of labels",
            at("TLSRoute", "t", "hostnames: ['*.a.example'], rules: [{" + WEB + "}]"),
            "x.y.a.example => to infra/web:80",
            "a.example => closed"),
        row(
            "the more specific name is first",
            at("TLSRoute", "t", "hostnames: ['*.example'], rules: [{" + API + "}]")
                + "---\n"
                + at("TLSRoute", "u", "hostnames: [a.example], rules: [{" + WEB + "}]"),
            "a.example => to infra/web:80",
            "b.example => to infra/api:80"),
        row(
            "of two routes for one name the first has it",
            at("TLSRoute", "b", "hostnames: [a.example], rules: [{" + API + "}]")
                + "---\n"
                + at("TLSRoute", "a", "hostnames: [a.example], rules: [{" + WEB + "}]"),
            "a.example => to infra/web:80"),
        row(
            "TLS that ends here is encrypted anew where a policy says so",
            at(
                    "TLSRoute",
                    "t",
                    "hostnames: [end.example, a.example], rules: [{backendRefs: [{name: web, port:"
                        + " 443}]}]")
                + "---\n"
                + authority()
                + "---\n"
                + policy("p", VALID, ""),
            "end.example => ended, to infra/web:443 as web.example",
            "a.example => to infra/web:443"),
        row(
            "TLS that ends here",
            at("TLSRoute", "t", "hostnames: [end.example], rules: [{" + WEB + "}]"),
            "end.example => ended, to infra/web:80"),
        row(
            "weights of streams",
            at(
                "TCPRoute",
                "t",
                "rules: [{backendRefs: [{name: web, port: 80, weight: 3}, {name: gone, port:"
                    + " 1}]}]"),
            "tcp => infra/web:80 x3, 500"),
        row(
            "of two routes on one port the first has it",
            at("TCPRoute", "b", "rules: [{" + API + "}]")
                + "---\n"
                + at("TCPRoute", "a", "rules: [{" + WEB + "}]"),
            "tcp => infra/web:80"),
        row(
            "datagrams go to UDP ports",
            at("UDPRoute", "u", "rules: [{backendRefs: [{name: api, port: 53}]}]"),
            "udp => infra/api:53"),
        row(
            "datagrams do not go to TCP ports",
            at("UDPRoute", "u", "rules: [{" + API + "}]"),
            "udp => 500"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"statuses", "policies"})
  void aStatusSaysWhatIsWrong(String name, String manifests, List<String> expected) {
    List<String> lines =
        new World(BASE, GatewayTranslationTest.secrets(), authority(), EDGE, manifests).lines();
    for (String line : expected) {
      if (line.startsWith("not ")) {
        assertThat(lines).as(name).doesNotContain(line.substring(4));
      } else {
        assertThat(lines).as(name).contains(line);
      }
    }
  }

  static Stream<Arguments> statuses() {
    return Stream.of(
        row(
            "a TCPRoute takes the listeners of its protocol",
            at("TCPRoute", "t", "rules: [{" + WEB + "}]"),
            "TCPRoute infra/t at edge Accepted=True Accepted",
            "TCPRoute infra/t at edge ResolvedRefs=True ResolvedRefs",
            "Gateway infra/edge [tcp] attached=1",
            "Gateway infra/edge [http] attached=0"),
        row(
            "a TCPRoute at a listener of HTTP",
            route("TCPRoute", "infra", "t", "{name: edge, sectionName: http}", ""),
            "TCPRoute infra/t at edge/http Accepted=False NotAllowedByListeners"),
        row(
            "a UDPRoute with a backend that is missing",
            at("UDPRoute", "u", "rules: [{backendRefs: [{name: gone, port: 53}]}]"),
            "UDPRoute infra/u at edge Accepted=True Accepted",
            "UDPRoute infra/u at edge ResolvedRefs=False BackendNotFound"),
        row(
            "a TLSRoute whose names no listener has",
            at("TLSRoute", "t", "hostnames: [a.other], rules: [{" + WEB + "}]"),
            "TLSRoute infra/t at edge Accepted=False NoMatchingListenerHostname"),
        row(
            "a TLSRoute with a backend of another namespace",
            at(
                "TLSRoute",
                "t",
                "hostnames: [a.example], rules: [{backendRefs: [{name: web, namespace: shop, port:"
                    + " 80}]}]"),
            "TLSRoute infra/t at edge ResolvedRefs=False RefNotPermitted"),
        row(
            "a GRPCRoute with a filter that is not known",
            grpcRoute("rules: [{filters: [{type: ExtensionRef}], " + WEB + "}]"),
            "GRPCRoute infra/g at edge Accepted=False UnsupportedValue"));
  }

  static Stream<Arguments> policies() {
    String route =
        at("HTTPRoute", "r", "rules: [{backendRefs: [{name: web, port: 443}]}]") + "---\n";
    return Stream.of(
        row(
            "a policy is said of the Gateways that use its Service",
            route + policy("p", VALID, ""),
            "BackendTLSPolicy infra/p at edge Accepted=True Accepted",
            "BackendTLSPolicy infra/p at edge ResolvedRefs=True ResolvedRefs"),
        row(
            "a policy of a Service that no route uses is said of no Gateway",
            policy("p", VALID, ""),
            "not BackendTLSPolicy infra/p at edge Accepted=True Accepted"),
        row(
            "the authorities of the system",
            route + policy("p", "wellKnownCACertificates: System", ""),
            "BackendTLSPolicy infra/p at edge Accepted=True Accepted"),
        row(
            "an authority that is missing",
            route + policy("p", VALID.replace("name: ca", "name: gone"), ""),
            "BackendTLSPolicy infra/p at edge Accepted=False NoValidCACertificate",
            "BackendTLSPolicy infra/p at edge ResolvedRefs=False InvalidCACertificateRef"),
        row(
            "an authority of another kind",
            route + policy("p", VALID.replace("ConfigMap", "Pod"), ""),
            "BackendTLSPolicy infra/p at edge Accepted=False NoValidCACertificate",
            "BackendTLSPolicy infra/p at edge ResolvedRefs=False InvalidKind"),
        row(
            "of two policies for one Service the first wins",
            route + policy("b", VALID, "") + "---\n" + policy("a", VALID, ""),
            "BackendTLSPolicy infra/a at edge Accepted=True Accepted",
            "BackendTLSPolicy infra/b at edge Accepted=False Conflicted"),
        row(
            "a policy for a port and one for the Service do not conflict",
            route + policy("b", VALID, "") + "---\n" + policy("a", VALID, ", sectionName: https"),
            "BackendTLSPolicy infra/a at edge Accepted=True Accepted",
            "BackendTLSPolicy infra/b at edge Accepted=True Accepted"));
  }

  @Test
  void aPolicyIsSaidOfNoMoreGatewaysThanItsStatusHasRoomFor() {
    List<String> manifests = new ArrayList<>(List.of(BASE, authority(), policy("p", VALID, "")));
    List<String> parents = new ArrayList<>();
    for (int i = 10; i < 30; i++) {
      manifests.add(gateway("g" + i, "{name: http, port: 80, protocol: HTTP}"));
      parents.add("{name: g" + i + "}");
    }
    manifests.add(
        route(
            "HTTPRoute",
            "infra",
            "r",
            String.join(", ", parents),
            "rules: [{backendRefs: [{name: web, port: 443}]}]"));
    World world = new World(manifests.toArray(String[]::new));
    assertThat(world.lines())
        .filteredOn(line -> line.startsWith("BackendTLSPolicy") && line.contains(" Accepted="))
        .hasSize(16)
        .contains("BackendTLSPolicy infra/p at g10 Accepted=True Accepted")
        .doesNotContain("BackendTLSPolicy infra/p at g29 Accepted=True Accepted");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("encrypted")
  void aBackendIsTalkedToAsItsPolicySays(String name, String manifests, List<String> answers) {
    World world =
        new World(
            BASE,
            GatewayTranslationTest.secrets(),
            authority(),
            EDGE,
            at("HTTPRoute", "r", "rules: [{backendRefs: [{name: web, port: 443}]}]"),
            manifests);
    assertThat(world.answer(ADDRESS, 80, "GET a/")).isEqualTo(answers.getFirst());
  }

  static Stream<Arguments> encrypted() {
    return Stream.of(
        row("without a policy", "", "infra/web:443"),
        row("with a policy", policy("p", VALID, ""), "infra/web:443 as web.example"),
        row(
            "with a policy for another port",
            policy("p", VALID, ", sectionName: http"),
            "infra/web:443"),
        row(
            "with a policy that is not valid nothing is sent",
            policy("p", VALID.replace("name: ca", "name: gone"), ""),
            "500"));
  }

  private static String policy(String name, String validation, String section) {
    return object(
        "BackendTLSPolicy",
        "infra",
        name,
        "{targetRefs: [{group: '', kind: Service, name: web"
            + section
            + "}], validation: {hostname: web.example, "
            + validation
            + "}}");
  }

  /** ConfigMap infra/ca with the certificate of an authority. */
  private static String authority() {
    String indented = TestCertificates.create("ca.example").certificate().indent(4);
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, namespace: infra}\ndata:\n"
        + "  ca.crt: |\n"
        + indented;
  }

  private static String grpcRoute(String spec) {
    return at("GRPCRoute", "g", spec);
  }

  private static String at(String kind, String name, String spec) {
    return route(kind, "infra", name, "{name: edge}", spec);
  }

  private static Arguments row(String name, String manifests, String... expected) {
    return Arguments.of(name, manifests, Arrays.asList(expected));
  }
}
