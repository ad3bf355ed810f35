// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is said about targets of one small cluster. */
final class ExplainerTest {
  private static final String CLUSTER =
      """
      kind: Node
      metadata: {name: node-1}
      spec: {podCIDR: 127.64.0.0/16, podCIDRs: [127.64.0.0/16]}
      status: {addresses: [{type: InternalIP, address: 127.0.0.1}]}
      ---
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        type: LoadBalancer
        clusterIP: 127.96.0.5
        clusterIPs: [127.96.0.5]
        ipFamilies: [IPv4]
        externalIPs: [127.120.0.1]
        sessionAffinity: ClientIP
        sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}
        loadBalancerSourceRanges: [10.0.0.0/8, 127.0.0.1/32]
        ports: [{name: http, port: 80, nodePort: 30080, protocol: TCP}]
      status: {loadBalancer: {ingress: [{ip: 127.112.0.1, ipMode: VIP}]}}
      ---
      kind: EndpointSlice
      metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      ports: [{name: http, port: 8000, protocol: TCP}]
      endpoints:
        - {addresses: [127.64.0.1], nodeName: node-1, conditions: {ready: true, serving: true},
           targetRef: {kind: Pod, name: web-a, namespace: shop}}
        - {addresses: [127.64.0.2], nodeName: node-1,
           conditions: {ready: false, serving: true, terminating: true}}
      ---
      kind: Node
      metadata: {name: node-2}
      spec: {podCIDR: 127.65.0.0/16, podCIDRs: [127.65.0.0/16]}
      status: {addresses: [{type: InternalIP, address: 127.0.0.2}]}
      ---
      kind: Service
      metadata: {name: near, namespace: shop}
      spec:
        clusterIP: 127.96.0.7
        clusterIPs: [127.96.0.7]
        ipFamilies: [IPv4]
        internalTrafficPolicy: Local
        ports: [{name: http, port: 80, protocol: TCP}]
      ---
      kind: EndpointSlice
      metadata: {name: near-1, namespace: shop, labels: {kubernetes.io/service-name: near}}
      addressType: IPv4
      ports: [{name: http, port: 8000, protocol: TCP}]
      endpoints:
        - {addresses: [127.65.0.1], nodeName: node-2, conditions: {ready: true, serving: true}}
      ---
      kind: Pod
      metadata: {name: client, namespace: shop}
      spec: {nodeName: node-2, containers: [{name: c, image: i}]}
      status: {phase: Running, podIP: 127.65.0.9, conditions: [{type: Ready, status: "True"}]}
      ---
      kind: Service
      metadata: {name: empty, namespace: shop}
      spec:
        clusterIP: 127.96.0.6
        clusterIPs: [127.96.0.6]
        ipFamilies: [IPv4]
        ports: [{port: 53, protocol: UDP}]
      ---
      kind: Service
      metadata: {name: db, namespace: shop}
      spec: {clusterIP: None, clusterIPs: [None], ports: [{name: pg, port: 5432, protocol: TCP}]}
      ---
      kind: EndpointSlice
      metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
      addressType: IPv4
      ports: [{name: pg, port: 5432, protocol: TCP}]
      endpoints: [{addresses: [127.64.0.9], nodeName: node-1, hostname: db-0, conditions: {ready: true}}]
      ---
      kind: Service
      metadata: {name: away, namespace: shop}
      spec: {type: ExternalName, externalName: db.shop.svc.cluster.local}
      ---
      kind: Pod
      metadata: {name: web-a, namespace: shop}
      spec: {nodeName: node-1, containers: [{name: c, image: i}]}
      status: {phase: Running, podIP: 127.64.0.1, conditions: [{type: Ready, status: "True"}]}
      ---
      kind: IngressClass
      metadata: {name: fairway}
      spec: {controller: fairway.dev/ingress}
      ---
      kind: Ingress
      metadata: {name: shop, namespace: shop, uid: u1}
      spec:
        ingressClassName: fairway
        rules:
          - host: shop.test
            http:
              paths:
                - {path: /api, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
                - {path: /gone, pathType: Exact, backend: {service: {name: nobody, port: {number: 1}}}}
                - {path: /empty, pathType: Exact, backend: {service: {name: empty, port: {number: 53}}}}
      ---
      kind: Ingress
      metadata:
        name: old
        namespace: shop
        uid: u2
        annotations: {kubernetes.io/ingress.class: nginx, nginx.ingress.kubernetes.io/use-regex: "true"}
      spec:
        rules:
          - host: old.test
            http:
              paths:
                - {path: "/v[0-9]+", pathType: ImplementationSpecific, backend: {service: {name: web, port: {name: http}}}}
      """;

  private static ClusterView view = view(List.of());

  @BeforeAll
  static void load() {
    view = view(KubeCodec.yamlDocuments(CLUSTER));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "127.96.0.5:80             | yes | is the ClusterIP of Service shop/web, port http",
        "127.96.0.5:80             | yes | forwarded to one of 1 endpoint (policy Cluster, sticky"
            + " for 600 s)",
        "127.96.0.5:80             | yes | 127.64.0.1:8000  yes          yes    yes      no        "
            + "   node-1  web-a",
        "127.96.0.5:80             | yes | 127.64.0.2:8000  no           no     yes      yes       "
            + "   node-1  -",
        "127.96.0.5:80             | yes | web-a  ready",
        "127.96.0.5:80             | yes | serves while it ends, but others are ready",
        "127.96.0.5:80             | yes | policies  internal Cluster, external Cluster",
        "127.96.0.5:80             | yes | affinity  ClientIP for 600 s",
        "127.96.0.5:80             | yes | sources   [10.0.0.0/8, 127.0.0.1/32]",
        "127.96.0.7:80             | no  | ready, but not on this node",
        "127.112.0.1:80            | yes | is the LoadBalancer address of Service shop/web",
        "127.120.0.1:80/tcp        | yes | is the externalIP of Service shop/web",
        "127.0.0.1:30080           | yes | is the NodePort of Service shop/web",
        "127.0.0.1:30081           | no  | belongs to no Service and no pod",
        "127.96.0.5:81             | no  | has the address, but not this port and protocol",
        "127.96.0.5:80/udp         | no  | has the address, but not this port and protocol",
        "127.96.0.6:53/UDP         | no  | refused at once: none of 0 endpoints is ready or"
            + " serving",
        "127.96.0.6:53/udp         | no  | no endpoints",
        "127.64.0.1:8000           | yes | is an address of pod shop/web-a on node-1",
        "http://shop.test/api/v1   | yes | rule: host shop.test, path /api (Prefix)",
        "http://shop.test/api/v1   | yes | decided by Ingress shop/shop",
        "https://shop.test:8443/api | yes | forwarded to one of 1 ready endpoint",
        "http://shop.test/         | no  | no rule of 1 Ingress of class fairway matches",
        "http://other.test/api     | no  | the answer is 404",
        "http://shop.test/gone     | no  | backend shop/nobody:1: there is no such Service",
        "http://shop.test/empty    | no  | no endpoint is ready, the answer is 503",
        "http://127.96.0.5/        | yes | 127.96.0.5:80/TCP is the ClusterIP of Service shop/web",
        "web.shop                  | yes | web.shop means web.shop.svc.cluster.local",
        "WEB.shop.svc              | yes | Service shop/web: its ClusterIP",
        "web.shop.svc.cluster.local. | yes | A     127.96.0.5",
        "_http._tcp.web.shop.svc.cluster.local | yes | SRV   web.shop.svc.cluster.local:80",
        "db.shop                   | yes | Service shop/db is headless",
        "db-0.db.shop              | yes | a port or an endpoint of the headless Service shop/db",
        "away.shop                 | yes | alias for db.shop.svc.cluster.local",
        "web                       | no  | has no such name",
        "web.shop.svc.cluster.test | no  | go to the upstream servers",
      })
  void saysWhoDecides(String target, String answers, String expected) {
    Explanation explanation = new Explainer(view, Client.ANY).explain(target);
    assertThat(String.join("\n", explanation.lines())).contains(expected);
    assertThat(explanation.answers()).isEqualTo(answers.equals("yes"));
  }

  private static final String GATEWAYS =
      """
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: fairway}
      spec: {controllerName: fairway.dev/gateway}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec:
        gatewayClassName: fairway
        listeners:
          - {name: all, port: 80, protocol: HTTP}
          - {name: shops, port: 80, protocol: HTTP, hostname: "*.shop.example"}
          - {name: special, port: 8080, protocol: HTTP, hostname: special.shop.example}
      status: {addresses: [{value: 127.112.0.9}]}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: cart, namespace: shop}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [a.shop.example, shop.test]
        rules:
          - matches: [{path: {type: PathPrefix, value: /cart}, method: POST}]
            backendRefs: [{name: web, port: 80}]
          - matches: [{path: {type: PathPrefix, value: /cart}}]
            backendRefs: [{name: gone, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: stranger, namespace: away}
      spec:
        parentRefs: [{name: edge, namespace: shop}]
        hostnames: [a.shop.example]
        rules: [{backendRefs: [{name: web, port: 80}]}]
      """;

  @ParameterizedTest(name = "{0} {1}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | http://a.shop.example/cart/1     | yes | at Gateway shop/edge (127.112.0.9) is decided by HTTPRoute shop/cart",
        "POST | http://a.shop.example/cart/1     | yes | listener: shops of Gateway shop/edge, port 80, whose host name *.shop.example is the closest one",
        "POST | http://a.shop.example/cart/1     | yes | rule: host a.shop.example, path /cart (Prefix), only with method POST",
        "POST | http://a.shop.example/cart/1     | yes | backend Service shop/web, port http: forwarded to one of 1 ready endpoint",
        "POST | http://a.shop.example/cart/1     | yes | note: HTTPRoute away/stranger: NotAllowedByListeners",
        "GET  | http://a.shop.example/cart/1     | no  | note: HTTPRoute shop/cart: BackendNotFound",
        "GET  | http://b.shop.example/           | no  | matches no rule: the answer is 404",
        "GET  | http://other.example/            | no  | listener: all of Gateway shop/edge, port 80, for every host that no other listener",
        "GET  | http://special.shop.example:8080/ | no | listener: special of Gateway shop/edge, port 8080",
        "GET  | http://other.example:8080/       | no  | no rule of 1 Ingress of class fairway matches",
        "POST | http://shop.test/cart            | yes | listener: all of Gateway shop/edge",
        "POST | http://shop.test/api/v1          | yes | at the address of Ingresses:",
      })
  void saysWhichListenerAndRouteOfAGatewayDecide(
      String method, String target, String answers, String expected) {
    List<ObjectNode> objects = new ArrayList<>(KubeCodec.yamlDocuments(CLUSTER + GATEWAYS));
    UrlRequest request = new UrlRequest(method, List.of(), UrlRequest.DEFAULT.translator());
    Explanation explanation = new Explainer(view(objects), Client.ANY, request).explain(target);
    assertThat(String.join("\n", explanation.lines())).contains(expected);
    assertThat(explanation.answers()).isEqualTo(answers.equals("yes"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "http://old.test/V12/x | decided by Ingress shop/old",
        "http://old.test/V12/x | path /v[0-9]+ (expression)",
        "http://shop.test/api  | no rule of 1 Ingress of class nginx matches",
      })
  void saysWhatTheGatewayOfAnotherClassDoes(String target, String expected) {
    UrlRequest request =
        new UrlRequest(
            "POST",
            List.of("X-Tenant: blue"),
            TranslatorOptions.of("nginx", "k8s.io/ingress-nginx"));
    Explanation explanation = new Explainer(view, Client.ANY, request).explain(target);
    assertThat(String.join("\n", explanation.lines())).contains(expected);
  }

  @Test
  void defaultsAreThoseOfTheConfigMap() {
    ConfigMap config =
        KubeCodec.decode(
            Resource.CONFIG_MAPS,
            KubeCodec.yamlDocuments(
                    "{kind: ConfigMap, metadata: {name: gateway, namespace: ingress},"
                        + " data: {denylist-source-range: 192.0.2.0/24}}")
                .getFirst());
    String without = ingress(UrlRequest.DEFAULT);
    String with = ingress(UrlRequest.DEFAULT.configuredBy(config));
    assertThat(without).doesNotContain("clients: denied");
    assertThat(with).contains("clients: denied [192.0.2.0/24]");
  }

  private String ingress(UrlRequest request) {
    return String.join(
        "\n", new Explainer(view, Client.ANY, request).explain("http://shop.test/api").lines());
  }

  @ParameterizedTest
  @CsvSource({"GET, 'no colon'", "GET, ': no name'", "'G T', 'a: b'", "GET, 'a b: c'"})
  void requestsThatNobodyCanSendAreRefused(String method, String header) {
    assertThatThrownBy(
            () -> new UrlRequest(method, List.of(header), UrlRequest.DEFAULT.translator()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aClientOutsideOfTheSourceRangesIsDropped() {
    Explanation explanation =
        new Explainer(view, Client.at(IpAddress.parse("192.0.2.1"))).explain("127.112.0.1:80");
    assertThat(explanation.answers()).isFalse();
    assertThat(String.join("\n", explanation.lines()))
        .contains("dropped without an answer")
        .contains("192.0.2.1 is not in loadBalancerSourceRanges");
  }

  @Test
  void aPodIsAnsweredByTheProxyOfItsOwnNode() {
    Explanation explanation =
        new Explainer(view, Client.of("shop/client", null, List.of())).explain("127.96.0.7:80");
    assertThat(explanation.answers()).isTrue();
    assertThat(explanation.lines())
        .contains(
            "for a client at 127.65.0.9 (pod shop/client), inside of the cluster, as node-2"
                + " decides:");
  }

  @ParameterizedTest(name = "from {0}, node {1}, machine {2}: {3} decides")
  @CsvSource({
    "127.0.0.1, node-2, '', node-2",
    "127.0.0.1, , 127.0.0.2, node-2",
    "127.0.0.1, , '', node-1",
  })
  void theNodeThatDecides(String from, String node, String machine, String expected) {
    List<IpAddress> addresses = machine.isEmpty() ? List.of() : List.of(IpAddress.parse(machine));
    Explanation explanation =
        new Explainer(view, Client.of(from, node, addresses)).explain("127.96.0.7:80");
    assertThat(String.join(" ", explanation.lines())).contains("as " + expected + " decides");
  }

  @ParameterizedTest(name = "from {0}, node {1}: {2}")
  @CsvSource({
    "shop/nobody, , there is no pod shop/nobody",
    "127.0.0.1, node-9, there is no node node-9",
  })
  void aClientThatIsNotThereIsSaid(String from, String node, String message) {
    Explainer explainer = new Explainer(view, Client.of(from, node, List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> explainer.explain("127.96.0.7:80"))
        .withMessage(message);
  }

  @Test
  void programsGetTheSameAsJson() {
    JsonNode json =
        new Explainer(view, Client.ANY)
            .explain("127.96.0.5:80")
            .withKernel("node-1", List.of("frontends: a row"))
            .json("127.96.0.5:80");
    assertThat(json.at("/service").asString()).isEqualTo("shop/web");
    assertThat(json.at("/verdict").asString()).isEqualTo("forward");
    assertThat(json.at("/affinitySeconds").intValue()).isEqualTo(600);
    assertThat(json.at("/endpoints/0/candidate").booleanValue()).isTrue();
    assertThat(json.at("/endpoints/1/why").asString())
        .isEqualTo("serves while it ends, but others are ready");
    assertThat(json.at("/kernel/node-1/0").asString()).isEqualTo("frontends: a row");
    assertThat(json.at("/answers").booleanValue()).isTrue();
  }

  private static ClusterView view(List<ObjectNode> objects) {
    try {
      return new ClusterView(
          ClusterView.snapshot(
              all(objects, "Service", Resource.SERVICES, Service.class),
              all(objects, "EndpointSlice", Resource.ENDPOINT_SLICES, EndpointSlice.class),
              List.of()),
          all(objects, "Node", Resource.NODES, Node.class),
          all(objects, "Pod", Resource.PODS, Pod.class),
          all(objects, "Ingress", Resource.INGRESSES, Ingress.class),
          all(objects, "IngressClass", Resource.INGRESS_CLASSES, IngressClass.class),
          Map.of(),
          GatewayObjects.of(
              source(objects),
              ClusterView.snapshot(
                  all(objects, "Service", Resource.SERVICES, Service.class),
                  List.of(),
                  List.of())));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static GatewayObjects.Source source(List<ObjectNode> objects) {
    return new GatewayObjects.Source() {
      @Override
      public <T extends KubeObject> List<T> list(Resource<T> resource) {
        return all(objects, resource.kind(), resource, resource.type());
      }
    };
  }

  private static <T extends KubeObject> List<T> all(
      List<ObjectNode> objects, String kind, Resource<T> resource, Class<T> type) {
    List<T> found = new ArrayList<>();
    for (ObjectNode object : objects) {
      if (object.path("kind").asString("").equals(kind)) {
        found.add(type.cast(KubeCodec.decode(resource, object)));
      }
    }
    return found;
  }
}
