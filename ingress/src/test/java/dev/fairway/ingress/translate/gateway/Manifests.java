// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

/** Manifests that many tests start from. */
final class Manifests {
  private static final String API = "apiVersion: gateway.networking.k8s.io/v1\n";

  /** Our class, three namespaces, Services in two of them. */
  static final String BASE =
      API
          + """
          kind: GatewayClass
          metadata: {name: fairway, generation: 1}
          spec: {controllerName: fairway.dev/gateway}
          ---
          apiVersion: v1
          kind: Namespace
          metadata: {name: infra, labels: {team: platform}}
          ---
          apiVersion: v1
          kind: Namespace
          metadata: {name: shop, labels: {team: shop}}
          ---
          apiVersion: v1
          kind: Namespace
          metadata: {name: other, labels: {team: other}}
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: web, namespace: infra}
          spec: {ports: [{name: http, port: 80}, {name: h2c, port: 81, appProtocol: kubernetes.io/h2c}, {name: https, port: 443}]}
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: api, namespace: infra}
          spec: {ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: web, namespace: shop}
          spec: {ports: [{name: http, port: 80}]}
          """;

  /** Gateway infra/edge with one listener "http" for every host and namespace. */
  static final String EDGE =
      gateway(
          "edge",
          "{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}");

  private Manifests() {}

  /** A Gateway in infra with listeners in YAML's flow style, separated by commas. */
  static String gateway(String name, String listeners) {
    return API
        + "kind: Gateway\nmetadata: {name: "
        + name
        + ", namespace: infra, generation: 3}\nspec: {gatewayClassName: fairway, listeners: ["
        + listeners
        + "]}\n";
  }

  /** An HTTPRoute of infra at edge with the given rest of the specification in flow style. */
  static String http(String name, String spec) {
    return route("HTTPRoute", "infra", name, "{name: edge}", spec);
  }

  /** A route of any kind. */
  static String route(String kind, String namespace, String name, String parent, String spec) {
    return API
        + "kind: "
        + kind
        + "\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + ", generation: 2}\nspec: {parentRefs: ["
        + parent
        + "]"
        + (spec.isEmpty() ? "" : ", " + spec)
        + "}\n";
  }

  /** Any object of the API. */
  static String object(String kind, String namespace, String name, String spec) {
    return API
        + "kind: "
        + kind
        + "\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + ", generation: 1}\nspec: "
        + spec
        + "\n";
  }
}
