// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static dev.fairway.ingress.translate.gateway.Manifests.BASE;
import static dev.fairway.ingress.translate.gateway.Manifests.gateway;
import static dev.fairway.ingress.translate.gateway.Manifests.object;
import static dev.fairway.ingress.translate.gateway.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Gateways, ListenerSets and their listeners: conditions by the words of the Gateway API. */
class GatewayTranslationTest {
  private static final TestCertificates.Pem CERTIFICATE = TestCertificates.create("a.example");
  private static final String HTTP = "{name: http, port: 80, protocol: HTTP}";

  @ParameterizedTest(name = "{0}")
  @MethodSource({"gateways", "conflicts", "listenerSets"})
  void aStatusSaysWhatIsServed(String name, String manifests, List<String> expected) {
    List<String> lines = new World(BASE, secrets(), manifests).lines();
    for (String line : expected) {
      if (line.startsWith("not ")) {
        assertThat(lines).as(name).doesNotContain(line.substring(4));
      } else {
        assertThat(lines).as(name).contains(line);
      }
    }
  }

  static Stream<Arguments> gateways() {
    return Stream.of(
        row("a class of ours is accepted", "", "GatewayClass fairway Accepted=True Accepted"),
        row(
            "a class with parameters is not",
            object(
                "GatewayClass",
                "",
                "odd",
                "{controllerName: fairway.dev/gateway, parametersRef: {group: g, kind: k, name:"
                    + " n}}"),
            "GatewayClass odd Accepted=False InvalidParameters"),
        row(
            "a class of another controller is left alone",
            object("GatewayClass", "", "theirs", "{controllerName: example.com/other}"),
            "not GatewayClass theirs Accepted=True Accepted"),
        row(
            "a good Gateway",
            gateway("edge", HTTP),
            "Gateway infra/edge Accepted=True Accepted",
            "Gateway infra/edge Programmed=True Programmed",
            "Gateway infra/edge [http] Accepted=True Accepted",
            "Gateway infra/edge [http] Programmed=True Programmed",
            "Gateway infra/edge [http] ResolvedRefs=True ResolvedRefs",
            "Gateway infra/edge [http] Conflicted=False NoConflicts",
            "Gateway infra/edge [http] kinds=[HTTPRoute, GRPCRoute]",
            "serves 10.250.0.1:80 HTTP"),
        row(
            "parameters of a Gateway",
            gateway("edge", HTTP)
                .replace(
                    "listeners:",
                    "infrastructure: {parametersRef: {group: g, kind: k, name: n}}, listeners:"),
            "Gateway infra/edge Accepted=False InvalidParameters",
            "Gateway infra/edge Programmed=False Invalid",
            "not serves 10.250.0.1:80 HTTP"),
        row(
            "load balancers that are none",
            gateway("edge", HTTP)
                .replace(
                    "namespace: infra,",
                    "namespace: infra, annotations: {fairway.dev/proxy-protocol-from: '10.0.0.0/8,"
                        + " everybody'},"),
            "Gateway infra/edge Accepted=False InvalidParameters",
            "not serves 10.250.0.1:80 HTTP"),
        row(
            "an address of a type that is not given",
            gateway("edge", HTTP)
                .replace("listeners:", "addresses: [{type: Hostname, value: a.b}], listeners:"),
            "Gateway infra/edge Accepted=False UnsupportedAddress"),
        row(
            "a protocol that is not known, beside a good listener",
            gateway("edge", HTTP + ", {name: odd, port: 81, protocol: example.com/X}"),
            "Gateway infra/edge Accepted=True ListenersNotValid",
            "Gateway infra/edge [odd] Accepted=False UnsupportedProtocol",
            "Gateway infra/edge [odd] Programmed=False Invalid",
            "Gateway infra/edge [odd] kinds=[]",
            "serves 10.250.0.1:80 HTTP"),
        row(
            "no listener is valid",
            gateway("edge", "{name: odd, port: 81, protocol: X}"),
            "Gateway infra/edge Accepted=False ListenersNotValid",
            "Gateway infra/edge Programmed=False Invalid"),
        row(
            "kinds of routes that the protocol does not have",
            gateway(
                "edge",
                "{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: Odd}, {kind:"
                    + " HTTPRoute}]}}"),
            "Gateway infra/edge [http] ResolvedRefs=False InvalidRouteKinds",
            "Gateway infra/edge [http] kinds=[HTTPRoute]"),
        row(
            "only such kinds",
            gateway(
                "edge",
                "{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: Odd}]}}"),
            "Gateway infra/edge [http] ResolvedRefs=False InvalidRouteKinds",
            "Gateway infra/edge [http] kinds=[]"),
        row(
            "a certificate",
            gateway("edge", https("{name: good}")),
            "Gateway infra/edge [https] ResolvedRefs=True ResolvedRefs",
            "serves 10.250.0.1:443 TLS"),
        row(
            "a certificate that is missing",
            gateway("edge", https("{name: gone}")),
            "Gateway infra/edge [https] ResolvedRefs=False InvalidCertificateRef",
            "Gateway infra/edge [https] Programmed=False Invalid",
            "Gateway infra/edge Programmed=False Invalid"),
        row(
            "a certificate that is none",
            gateway("edge", https("{name: broken}")),
            "Gateway infra/edge [https] ResolvedRefs=False InvalidCertificateRef"),
        row(
            "a certificate of another kind",
            gateway("edge", https("{kind: ConfigMap, name: good}")),
            "Gateway infra/edge [https] ResolvedRefs=False InvalidCertificateRef"),
        row(
            "a certificate of another namespace",
            gateway("edge", https("{name: good, namespace: shop}")),
            "Gateway infra/edge [https] ResolvedRefs=False RefNotPermitted"),
        row(
            "a missing certificate of another namespace says no more than that",
            gateway("edge", https("{name: gone, namespace: shop}")),
            "Gateway infra/edge [https] ResolvedRefs=False RefNotPermitted"),
        row(
            "a certificate of another namespace with a grant",
            gateway("edge", https("{name: good, namespace: shop}"))
                + "---\n"
                + HttpRouteTranslationTest.grant(
                    "shop", "Gateway", "infra", "{group: '', kind: Secret, name: good}"),
            "Gateway infra/edge [https] ResolvedRefs=True ResolvedRefs"),
        row(
            "a grant for another name",
            gateway("edge", https("{name: good, namespace: shop}"))
                + "---\n"
                + HttpRouteTranslationTest.grant(
                    "shop", "Gateway", "infra", "{group: '', kind: Secret, name: other}"),
            "Gateway infra/edge [https] ResolvedRefs=False RefNotPermitted"),
        row(
            "one good certificate of two is served",
            gateway("edge", https("{name: gone}, {name: good}")),
            "Gateway infra/edge [https] ResolvedRefs=False InvalidCertificateRef",
            "Gateway infra/edge [https] Programmed=True Programmed"),
        row(
            "HTTPS that is passed through",
            gateway("edge", "{name: https, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}"),
            "Gateway infra/edge [https] Accepted=False UnsupportedValue"),
        row(
            "clients are verified by an authority that is missing",
            gateway("edge", https("{name: good}") + ", " + HTTP)
                .replace(
                    "listeners:",
                    "tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind:"
                        + " ConfigMap, name: gone}]}}}}, listeners:"),
            "Gateway infra/edge [https] Accepted=False NoValidCACertificate",
            "Gateway infra/edge [https] ResolvedRefs=False InvalidCACertificateRef",
            "Gateway infra/edge [http] Accepted=True Accepted",
            "not serves 10.250.0.1:443 TLS"),
        row(
            "a certificate for backends that is missing",
            gateway("edge", HTTP)
                .replace(
                    "listeners:",
                    "tls: {backend: {clientCertificateRef: {name: gone}}}, listeners:"),
            "Gateway infra/edge ResolvedRefs=False InvalidClientCertificateRef"),
        row(
            "streams",
            gateway(
                "edge",
                "{name: t, port: 9000, protocol: TCP}, {name: u, port: 9000, protocol: UDP}"),
            "Gateway infra/edge [t] kinds=[TCPRoute]",
            "Gateway infra/edge [u] kinds=[UDPRoute]",
            "serves 10.250.0.1:9000 TCP",
            "serves 10.250.0.1:9000 UDP"));
  }

  static Stream<Arguments> conflicts() {
    return Stream.of(
        row(
            "two listeners with one name for hosts lose both",
            gateway(
                "edge",
                "{name: a, port: 80, protocol: HTTP, hostname: x.example}, {name: b, port: 80,"
                    + " protocol: HTTP, hostname: X.example}, {name: c, port: 80, protocol: HTTP}"),
            "Gateway infra/edge [a] Conflicted=True HostnameConflict",
            "Gateway infra/edge [b] Conflicted=True HostnameConflict",
            "Gateway infra/edge [a] Accepted=False HostnameConflict",
            "Gateway infra/edge [c] Conflicted=False NoConflicts",
            "Gateway infra/edge Accepted=True ListenersNotValid"),
        row(
            "two protocols on one port",
            gateway("edge", HTTP + ", {name: tcp, port: 80, protocol: TCP}"),
            "Gateway infra/edge [http] Accepted=False ProtocolConflict",
            "Gateway infra/edge [tcp] Accepted=False ProtocolConflict",
            "Gateway infra/edge Accepted=False ListenersNotValid"),
        row(
            "HTTPS and TLS share a port by host names",
            gateway(
                "edge",
                https("{name: good}")
                    + ", {name: tls, port: 443, protocol: TLS, hostname: p.example, tls: {mode:"
                    + " Passthrough}}"),
            "Gateway infra/edge [https] Accepted=True Accepted",
            "Gateway infra/edge [tls] Accepted=True Accepted"),
        row(
            "TCP and UDP do not meet",
            gateway(
                "edge", "{name: t, port: 53, protocol: TCP}, {name: u, port: 53, protocol: UDP}"),
            "Gateway infra/edge [t] Accepted=True Accepted",
            "Gateway infra/edge [u] Accepted=True Accepted"));
  }

  static Stream<Arguments> listenerSets() {
    String allowing =
        gateway("edge", HTTP)
            .replace("listeners:", "allowedListeners: {namespaces: {from: Same}}, listeners:");
    return Stream.of(
        row(
            "a Gateway allows no sets by default",
            gateway("edge", HTTP) + "---\n" + set("infra", "{name: a, port: 81, protocol: HTTP}"),
            "ListenerSet infra/set Accepted=False NotAllowed",
            "ListenerSet infra/set Programmed=False NotAllowed",
            "Gateway infra/edge sets=0",
            "not serves 10.250.0.1:81 HTTP"),
        row(
            "a set of a namespace that is allowed",
            allowing + "---\n" + set("infra", "{name: a, port: 81, protocol: HTTP}"),
            "ListenerSet infra/set Accepted=True Accepted",
            "ListenerSet infra/set Programmed=True Programmed",
            "ListenerSet infra/set [a] Accepted=True Accepted",
            "Gateway infra/edge sets=1",
            "serves 10.250.0.1:81 HTTP"),
        row(
            "a set of another namespace",
            allowing + "---\n" + set("shop", "{name: a, port: 81, protocol: HTTP}"),
            "ListenerSet shop/set Accepted=False NotAllowed"),
        row(
            "the Gateway's own listener wins",
            allowing
                + "---\n"
                + set(
                    "infra",
                    "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP,"
                        + " hostname: b.example}"),
            "Gateway infra/edge [http] Accepted=True Accepted",
            "ListenerSet infra/set [a] Accepted=False HostnameConflict",
            "ListenerSet infra/set [b] Accepted=True Accepted",
            "ListenerSet infra/set Accepted=True ListenersNotValid"),
        row(
            "a set without a valid listener",
            allowing + "---\n" + set("infra", "{name: a, port: 80, protocol: TCP}"),
            "ListenerSet infra/set Accepted=False ListenersNotValid",
            "ListenerSet infra/set Programmed=False ListenersNotValid",
            "Gateway infra/edge sets=0"),
        row(
            "a set of a Gateway that is not accepted",
            allowing.replace(
                    "listeners:",
                    "infrastructure: {parametersRef: {group: g, kind: k, name: n}}, listeners:")
                + "---\n"
                + set("infra", "{name: a, port: 81, protocol: HTTP}"),
            "ListenerSet infra/set Accepted=False ParentNotAccepted"),
        row(
            "a grant for Gateways does not help a set",
            allowing
                + "---\n"
                + set("infra", https("{name: good, namespace: shop}"))
                + "---\n"
                + HttpRouteTranslationTest.grant(
                    "shop", "Gateway", "infra", "{group: '', kind: Secret}"),
            "ListenerSet infra/set [https] ResolvedRefs=False RefNotPermitted",
            "ListenerSet infra/set Accepted=False ListenersNotValid"),
        row(
            "a route at the Gateway is not at its sets, and the reverse",
            allowing
                + "---\n"
                + set("infra", "{name: a, port: 81, protocol: HTTP}")
                + "---\n"
                + route("HTTPRoute", "infra", "own", "{name: edge}", "")
                + "---\n"
                + route("HTTPRoute", "infra", "sets", "{kind: ListenerSet, name: set}", ""),
            "HTTPRoute infra/own at edge Accepted=True Accepted",
            "HTTPRoute infra/sets at set Accepted=True Accepted",
            "Gateway infra/edge [http] attached=1",
            "ListenerSet infra/set [a] attached=1"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "those that the command says | | null",
        "nobody | '' | []",
        "an address and a range | 192.0.2.1, 10.0.0.0/8 | [192.0.2.1/32, 10.0.0.0/8]"
      })
  void theAnnotationSaysWhoNamesClientsInTheProxyProtocol(
      String name, String annotation, String expected) {
    String written =
        annotation == null
            ? ""
            : " annotations: {fairway.dev/proxy-protocol-from: '" + annotation + "'},";
    World world =
        new World(
            BASE,
            gateway("edge", HTTP).replace("namespace: infra,", "namespace: infra," + written));
    assertThat(world.translation().ports())
        .singleElement()
        .satisfies(plan -> assertThat("" + plan.proxyProtocolFrom()).isEqualTo(expected));
  }

  @Test
  void aRequestBelongsToTheListenerWithTheMostSpecificHostAlone() {
    World world =
        new World(
            BASE,
            gateway(
                "edge",
                "{name: any, port: 80, protocol: HTTP}, {name: wild, port: 80, protocol: HTTP,"
                    + " hostname: '*.example'}, {name: one, port: 80, protocol: HTTP, hostname:"
                    + " a.example}"),
            at("any", "web"),
            at("wild", "api"));
    assertThat(world.answer("10.250.0.1", 80, "GET x/")).isEqualTo("infra/web:80");
    assertThat(world.answer("10.250.0.1", 80, "GET b.c.example/")).isEqualTo("infra/api:80");
    assertThat(world.answer("10.250.0.1", 80, "GET a.example/")).isEqualTo("404");
  }

  @Test
  void aSocketThatCouldNotBeOpenedIsSaidOfItsListenerAndStaysPlanned() {
    GatewayTranslator translator =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    World world = new World(BASE, gateway("edge", HTTP));
    GatewayTranslation translation =
        translator.translate(
            world.objects(),
            world.addresses(),
            Map.of(new PortPlan.Key("10.250.0.1", 80, false), "permission denied"));
    assertThat(World.lines(translation))
        .contains(
            "Gateway infra/edge [http] Accepted=False PortUnavailable",
            "Gateway infra/edge Accepted=False ListenersNotValid",
            "serves 10.250.0.1:80 HTTP");
  }

  private static String at(String section, String service) {
    return route(
        "HTTPRoute",
        "infra",
        section,
        "{name: edge, sectionName: " + section + "}",
        "rules: [{backendRefs: [{name: " + service + ", port: 80}]}]");
  }

  private static String https(String references) {
    return "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: ["
        + references
        + "]}}";
  }

  private static String set(String namespace, String listeners) {
    return object(
        "ListenerSet",
        namespace,
        "set",
        "{parentRef: {name: edge, namespace: infra}, listeners: [" + listeners + "]}");
  }

  static String secrets() {
    return "---\n"
        + secret("infra", "good", CERTIFICATE.certificate(), CERTIFICATE.key())
        + "---\n"
        + secret("shop", "good", CERTIFICATE.certificate(), CERTIFICATE.key())
        + "---\n"
        + secret("infra", "broken", "no certificate", "no key");
  }

  private static String secret(String namespace, String name, String certificate, String key) {
    return "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + "}\ndata: {tls.crt: "
        + base64(certificate)
        + ", tls.key: "
        + base64(key)
        + "}\n";
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static Arguments row(String name, String manifests, String... expected) {
    return Arguments.of(name, manifests, Arrays.asList(expected));
  }
}
