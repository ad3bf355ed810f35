// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.Translation;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.ServiceSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** An annotated Ingress, compiled: what becomes of requests, and what its owner is told. */
final class Annotated {
  static final String PREFIX = "nginx.ingress.kubernetes.io/";
  private final Translation result;

  private Annotated(Translation result) {
    this.result = result;
  }

  /**
   * Host {@code h} with TLS, path / to the Service web.
   *
   * @param annotations {@code name=value} with semicolons between
   */
  static Annotated web(String annotations) {
    return web(annotations, Map.of());
  }

  static Annotated web(String annotations, Map<ObjectKey, Secret> secrets) {
    return compile(
        options(),
        secrets,
        ingress("a", annotations).tls("", "h").host("h").prefix("/", "web").build());
  }

  /** One path of host h, without TLS. */
  static Annotated path(TranslatorOptions options, String type, String path, String annotations) {
    return compile(
        options,
        Map.of(),
        ingress("a", annotations).host("h").path(type, path, TestObjects.backend("web")).build());
  }

  static TranslatorOptions options() {
    return TranslatorOptions.of("fairway", "fairway.dev/ingress");
  }

  static IngressBuilder ingress(String name, String annotations) {
    IngressBuilder builder = TestObjects.ingress(name);
    parse(annotations).forEach((key, value) -> builder.annotation(PREFIX + key, value));
    return builder;
  }

  static Map<String, String> parse(String annotations) {
    Map<String, String> parsed = new HashMap<>();
    for (String one : annotations.split(";")) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        parsed.put(one.substring(0, equals).strip(), one.substring(equals + 1).strip());
      }
    }
    return parsed;
  }

  static Annotated compile(
      TranslatorOptions options, Map<ObjectKey, Secret> secrets, Ingress... ingresses) {
    return new Annotated(
        new IngressTranslator(options)
            .translate(
                new IngressObjects(
                    List.of(ingresses), List.of(TestObjects.fairwayClass()), secrets, null)));
  }

  /** Host {@code h} with TLS, path / to the Service web, under the settings of a ConfigMap. */
  static Annotated configured(TranslatorOptions options, String config, String annotations) {
    return new Annotated(
        new IngressTranslator(options)
            .translate(
                new IngressObjects(
                    List.of(
                        ingress("a", annotations)
                            .tls("", "h")
                            .host("h")
                            .prefix("/", "web")
                            .build()),
                    List.of(TestObjects.fairwayClass()),
                    null,
                    null,
                    TestObjects.config(parse(config)))));
  }

  static Annotated withServices(ServiceSnapshot services, Ingress... ingresses) {
    return new Annotated(
        new IngressTranslator(options())
            .translate(
                new IngressObjects(
                    List.of(ingresses), List.of(TestObjects.fairwayClass()), Map.of(), services)));
  }

  static Map<ObjectKey, Secret> secret(String name, Map<String, String> data) {
    Map<String, String> encoded = new HashMap<>();
    data.forEach((key, value) ->
        encoded.put(
            key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.US_ASCII))));
    Secret secret = new Secret(ObjectMeta.of(TestObjects.NAMESPACE, name), "Opaque", encoded);
    return Map.of(secret.key(), secret);
  }

  /** What becomes of a GET: "forward host path", a status with its Location, or "no route". */
  String get(String url) {
    return send(FakeRequest.get(url));
  }

  String send(FakeRequest request) {
    Route route =
        result.routes().match(request.target(), request.head().method(), request.head().fields());
    return route == null ? "no route" : request.through(route.filters());
  }

  /** The route of a URL, which must be there. */
  Route route(String url) {
    FakeRequest request = FakeRequest.get(url);
    return Objects.requireNonNull(
        result.routes().match(request.target(), "GET", request.head().fields()));
  }

  /** The only backend of a URL. */
  BackendRef.Service backend(String url) {
    RouteAction.Forward forward = (RouteAction.Forward) route(url).action();
    return (BackendRef.Service) forward.backends().getFirst().target();
  }

  /** How clients of hosts are asked for certificates. */
  Map<String, ClientVerification> clients() {
    return result.clients();
  }

  /** Who ends the TLS of hosts, where the gateway does not: Services with their ports. */
  Map<String, String> passthrough() {
    Map<String, String> ends = new HashMap<>();
    result
        .passthrough()
        .forEach((host, backend) -> {
          BackendRef.Service service = (BackendRef.Service) backend.target();
          ends.put(host, service.upstream().toString());
        });
    return ends;
  }

  /** Every backend that a route names. */
  Set<UpstreamSpec> upstreams() {
    return result.upstreams();
  }

  /** Reason and message of what is told. */
  List<String> told() {
    return result.diagnostics().stream().map(d -> d.reason().text() + " " + d.message()).toList();
  }

  /** Whom connections come from. */
  GlobalSettings.Edge edge() {
    return result.edge();
  }

  /** Reasons of what is told, without those about Secrets of certificates. */
  List<String> reasons() {
    return result.diagnostics().stream().map(d -> d.reason().text()).toList();
  }
}
