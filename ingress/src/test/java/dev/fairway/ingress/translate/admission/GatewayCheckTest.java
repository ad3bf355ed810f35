// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of objects of the Gateway API in files. */
class GatewayCheckTest {
  private static final String API = "apiVersion: gateway.networking.k8s.io/v1\nkind: ";
  private static final String EDGE =
      API
          + """
          Gateway
          metadata: {name: edge, namespace: infra}
          spec:
            gatewayClassName: any
            listeners:
              - {name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}
          """;
  private static final String ROUTE =
      API
          + """
          HTTPRoute
          metadata: {name: web, namespace: NAMESPACE}
          spec:
            parentRefs: [{name: edge, namespace: infra}]
            rules: [RULE]
          """;

  private static String route(String namespace, String rule) {
    return ROUTE.replace("NAMESPACE", namespace).replace("RULE", rule);
  }

  private static List<String> check(String... manifests) {
    String all = String.join("---\n", manifests);
    GatewayObjects.Source source =
        new GatewayObjects.Source() {
          @Override
          public <T extends KubeObject> List<T> list(Resource<T> resource) {
            List<T> found = new ArrayList<>();
            for (var document : KubeCodec.yamlDocuments(all)) {
              if (document.path("kind").asString("").equals(resource.kind())) {
                found.add(KubeCodec.decode(resource, document));
              }
            }
            return found;
          }
        };
    return GatewayCheck.checkAll(GatewayObjects.of(source, ServiceSnapshot.empty())).stream()
        .map(f -> f.severity() + " " + f.kind() + " " + f.object().name() + " " + f.reason())
        .toList();
  }

  @Test
  void nothingIsSaidOfWhatWouldBeServed() {
    assertThat(check(EDGE, route("infra", "{backendRefs: [{name: web, port: 80}]}"))).isEmpty();
  }

  @Test
  void aRouteThatNoListenerAllowsIsAnError() {
    assertThat(check(EDGE, route("shop", "{backendRefs: [{name: web, port: 80}]}")))
        .containsExactly("ERROR HTTPRoute web NotAllowedByListeners");
  }

  @Test
  void aRouteOfAnAbsentGatewayIsCheckedAsIfThatAllowedIt() {
    assertThat(check(route("shop", "{backendRefs: [{name: web, port: 80}]}")))
        .containsExactly("NOTE HTTPRoute web GatewayAssumed");
    assertThat(
            check(
                route(
                    "shop",
                    "{matches: [{path: {type: RegularExpression, value: '/('}}],"
                        + " backendRefs: [{name: web, port: 80}]}")))
        .containsExactly(
            "NOTE HTTPRoute web GatewayAssumed", "ERROR HTTPRoute web UnsupportedValue");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "no grant       | {backendRefs: [{name: web, namespace: other, port: 80}]}           | ERROR HTTPRoute web RefNotPermitted",
        "kind           | {backendRefs: [{group: example.com, kind: Bucket, name: b}]}       | ERROR HTTPRoute web InvalidKind",
      })
  void whatARuleRefersToIsChecked(String row, String rule, String found) {
    assertThat(check(EDGE, route("infra", rule))).as(row).containsExactly(found);
  }

  @Test
  void listenersAreToldApart() {
    String gateway =
        API
            + """
            Gateway
            metadata: {name: edge, namespace: infra}
            spec:
              gatewayClassName: any
              listeners:
                - {name: a, port: 80, protocol: HTTP}
                - {name: b, port: 80, protocol: HTTP}
                - {name: c, port: 81, protocol: SCTP}
            """;
    assertThat(check(gateway))
        .containsOnly(
            "ERROR Gateway edge HostnameConflict", "ERROR Gateway edge UnsupportedProtocol");
  }

  @Test
  void aSecretIsLookedForWhereThereAreAny() {
    String gateway =
        API
            + """
            Gateway
            metadata: {name: edge, namespace: infra}
            spec:
              gatewayClassName: any
              listeners:
                - name: tls
                  port: 443
                  protocol: HTTPS
                  tls: {certificateRefs: [{name: missing}]}
            """;
    String secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: other, namespace: infra}\ntype: Opaque\n";
    assertThat(check(gateway)).isEmpty();
    assertThat(check(gateway, secret))
        .containsExactly("WARNING Gateway edge InvalidCertificateRef");
  }

  @Test
  void aClassOfAnotherControllerIsNoted() {
    String other =
        API
            + "GatewayClass\nmetadata: {name: any}\n"
            + "spec: {controllerName: example.com/x, parametersRef: {group: g, kind: K, name: n}}\n";
    assertThat(check(other, EDGE)).containsExactly("NOTE GatewayClass any OtherController");
    assertThat(check(other.replace("example.com/x", "fairway.dev/gateway")))
        .containsExactly("ERROR GatewayClass any InvalidParameters");
  }

  @Test
  void aRouteWithoutParentsIsServedByNobody() {
    assertThat(
            check(
                API
                    + "HTTPRoute\nmetadata: {name: web, namespace: shop}\n"
                    + "spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}\n"))
        .containsExactly("WARNING HTTPRoute web NoParent");
  }

  @Test
  void routesOfEveryKindAndSetsAreChecked() {
    String stream =
        "metadata: {name: s, namespace: shop}\n"
            + "spec: {parentRefs: [{name: edge}],"
            + " rules: [{backendRefs: [{kind: Bucket, group: x, name: b}]}]}\n";
    String set =
        API
            + "ListenerSet\nmetadata: {name: more, namespace: shop}\nspec:\n"
            + "  parentRef: {name: edge}\n"
            + "  listeners: [{name: x, port: 80, protocol: SCTP}]\n";
    assertThat(
            check(
                API + "TCPRoute\n" + stream,
                API + "UDPRoute\n" + stream,
                API + "TLSRoute\n" + stream,
                API + "GRPCRoute\n" + stream,
                set))
        .contains(
            "ERROR TCPRoute s InvalidKind",
            "ERROR UDPRoute s InvalidKind",
            "ERROR TLSRoute s InvalidKind",
            "ERROR GRPCRoute s InvalidKind",
            "ERROR ListenerSet more UnsupportedProtocol",
            "NOTE ListenerSet more GatewayAssumed");
  }
}
