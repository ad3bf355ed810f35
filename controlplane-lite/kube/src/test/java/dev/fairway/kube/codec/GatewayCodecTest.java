// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Objects of the Gateway API as they are written in manifests and stored by an API server. */
class GatewayCodecTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource("objects")
  <T extends KubeObject> void anObjectIsReadAndWrittenWithoutLoss(
      String name, Resource<T> resource, String yaml) {
    var tree = KubeCodec.yamlDocuments(yaml).getFirst();
    assertThat(KubeCodec.encode(resource, KubeCodec.decode(resource, tree)))
        .as(name)
        .isEqualTo(tree);
  }

  static Stream<Arguments> objects() {
    return Stream.of(
        row(
            "class with parameters and status",
            GatewayResources.GATEWAY_CLASSES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: fairway, generation: 3}
            spec:
              controllerName: fairway.dev/gateway
              parametersRef: {group: example.com, kind: Parameters, namespace: a, name: p}
            status:
              conditions:
              - {type: Accepted, status: "True", reason: Accepted, message: ok, observedGeneration: 3}
              supportedFeatures:
              - {name: Gateway}
              - {name: HTTPRoute}
            """),
        row(
            "gateway with everything",
            GatewayResources.GATEWAYS,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: edge, namespace: infra}
            spec:
              gatewayClassName: fairway
              listeners:
              - name: http
                port: 80
                protocol: HTTP
                allowedRoutes:
                  namespaces:
                    from: Selector
                    selector:
                      matchExpressions:
                      - {key: team, operator: In, values: [a, b]}
              - name: https
                hostname: "*.example.com"
                port: 443
                protocol: HTTPS
                tls:
                  mode: Terminate
                  certificateRefs:
                  - {group: "", kind: Secret, namespace: certs, name: wild}
                  options: {example.com/x: "y"}
                allowedRoutes:
                  kinds:
                  - {group: gateway.networking.k8s.io, kind: HTTPRoute}
              addresses:
              - {type: IPAddress, value: 10.0.0.1}
              infrastructure:
                labels: {a: b}
                parametersRef: {group: g, kind: k, name: n}
              allowedListeners:
                namespaces: {from: Same}
              tls:
                backend:
                  clientCertificateRef: {group: "", kind: Secret, name: client}
                frontend:
                  default:
                    validation:
                      caCertificateRefs:
                      - {group: "", kind: ConfigMap, name: ca}
                      mode: AllowInsecureFallback
                  perPort:
                  - port: 8443
                    tls: {}
            status:
              addresses:
              - {type: IPAddress, value: 10.0.0.1}
              listeners:
              - name: http
                supportedKinds: []
                attachedRoutes: 0
                conditions: []
              attachedListenerSets: 0
            """),
        row(
            "listener set",
            GatewayResources.LISTENER_SETS,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: ListenerSet
            metadata: {name: more, namespace: team}
            spec:
              parentRef: {group: gateway.networking.k8s.io, kind: Gateway, namespace: infra, name: edge}
              listeners:
              - {name: a, hostname: a.example.com, port: 80, protocol: HTTP}
            """),
        row(
            "http route with every match and filter",
            GatewayResources.HTTP_ROUTES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: web, namespace: shop}
            spec:
              parentRefs:
              - {group: gateway.networking.k8s.io, kind: Gateway, name: edge, sectionName: http, port: 80}
              hostnames: [shop.example.com]
              rules:
              - name: first
                matches:
                - path: {type: PathPrefix, value: /cart}
                  headers:
                  - {type: Exact, name: version, value: two}
                  queryParams:
                  - {type: RegularExpression, name: q, value: "a+"}
                  method: GET
                filters:
                - type: RequestHeaderModifier
                  requestHeaderModifier:
                    set:
                    - {name: a, value: ""}
                    add:
                    - {name: b, value: c}
                    remove: [d]
                - type: RequestRedirect
                  requestRedirect:
                    scheme: https
                    hostname: h
                    path: {type: ReplacePrefixMatch, replacePrefixMatch: ""}
                    port: 8443
                    statusCode: 301
                - type: URLRewrite
                  urlRewrite:
                    path: {type: ReplaceFullPath, replaceFullPath: /x}
                - type: RequestMirror
                  requestMirror:
                    backendRef: {group: "", kind: Service, name: m, port: 8080}
                    fraction: {numerator: 0, denominator: 7}
                - type: CORS
                  cors:
                    allowOrigins: ["https://*.example.com"]
                    allowCredentials: false
                    allowMethods: [GET]
                    allowHeaders: ["*"]
                    exposeHeaders: [x-a]
                    maxAge: 10
                - type: ExtensionRef
                  extensionRef: {group: e, kind: k, name: n}
                backendRefs:
                - {group: "", kind: Service, namespace: b, name: web, port: 80, weight: 0}
                timeouts: {request: 10s, backendRequest: 2s500ms}
                retry:
                  codes: [500]
                  attempts: 0
                  backoff: 100ms
            status:
              parents:
              - parentRef: {name: edge}
                controllerName: other.example/controller
            """),
        row(
            "grpc route",
            GatewayResources.GRPC_ROUTES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GRPCRoute
            metadata: {name: echo, namespace: shop}
            spec:
              rules:
              - matches:
                - method: {type: Exact, service: pkg.Echo, method: Call}
                  headers:
                  - {name: k, value: v}
                backendRefs:
                - {name: echo, port: 9000}
            """),
        row(
            "tls route",
            GatewayResources.TLS_ROUTES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: t, namespace: n}
            spec:
              parentRefs:
              - {name: edge}
              hostnames: [a.example.com]
              rules:
              - name: r
                backendRefs:
                - {name: b, port: 443, weight: 3}
            """),
        row(
            "tcp route",
            GatewayResources.TCP_ROUTES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: TCPRoute
            metadata: {name: t, namespace: n}
            spec:
              rules:
              - backendRefs:
                - {name: b, port: 5432}
            status: {parents: []}
            """),
        row(
            "udp route",
            GatewayResources.UDP_ROUTES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: UDPRoute
            metadata: {name: t, namespace: n}
            spec:
              rules:
              - backendRefs:
                - {name: b, port: 53}
            """),
        row(
            "reference grant",
            GatewayResources.REFERENCE_GRANTS,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: ReferenceGrant
            metadata: {name: g, namespace: n}
            spec:
              from:
              - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}
              to:
              - {kind: Service, name: web}
              - {kind: Secret}
            """),
        row(
            "backend tls policy",
            GatewayResources.BACKEND_TLS_POLICIES,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: BackendTLSPolicy
            metadata: {name: p, namespace: n}
            spec:
              targetRefs:
              - {group: "", kind: Service, name: web, sectionName: https}
              validation:
                caCertificateRefs:
                - {group: "", kind: ConfigMap, name: ca}
                wellKnownCACertificates: System
                hostname: web.example.com
                subjectAltNames:
                - {type: URI, uri: "spiffe://a/b"}
                - {type: Hostname, hostname: x.example.com}
              options: {a.example/b: c}
            status:
              ancestors:
              - ancestorRef: {name: edge}
                controllerName: fairway.dev/gateway
            """));
  }

  @Test
  void absentPartsAreEmptyAndNullsInListsAreLeftOut() {
    Gateway gateway =
        KubeCodec.decode(
            GatewayResources.GATEWAYS,
            bytes("{'metadata':{'name':'g'},'spec':{'listeners':[null,{'name':'a'}]}}"));
    assertThat(gateway.spec().listeners())
        .containsExactly(new Gateway.Listener("a", null, 0, "", null, null));
    assertThat(gateway.spec().addresses()).isEmpty();

    HttpRoute route =
        KubeCodec.decode(
            GatewayResources.HTTP_ROUTES,
            bytes("{'metadata':{'name':'r'},'spec':{'rules':[{'future':{'a':1}}]}}"));
    assertThat(route.spec().rules().getFirst().matches()).isEmpty();
    assertThat(route.hostnames()).isEmpty();
  }

  @Test
  void aRouteStatusWithoutParentsIsWrittenAsAnEmptyList() {
    assertThat(KubeCodec.json().valueToTree(new RouteStatus(List.of())).toString())
        .isEqualTo("{\"parents\":[]}");
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static Arguments row(String name, Resource<?> resource, String yaml) {
    return Arguments.of(name, resource, yaml);
  }
}
