// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A translator that has seen a history must say what one says that sees the end of it only. */
class IncrementalGatewaySimulationTest {
  private static final int STEPS = 250;
  private static final List<String> NAMESPACES = List.of("one", "two");
  private static final List<String> HOSTS =
      List.of("a.test", "b.test", "*.test", "x.a.test", "*.a.test");
  private static final List<String> PATHS = List.of("/", "/one", "/one/two", "/two");

  private static final List<TestCertificates.Pem> CERTIFICATES =
      List.of(TestCertificates.create("a.test"), TestCertificates.create("b.test"));

  /** By kind and name; what is not changed stays the same object. */
  private final Map<String, KubeObject> present = new TreeMap<>();

  private final Map<String, ServiceInfo> services = new HashMap<>();
  private final Map<String, List<?>> listed = new HashMap<>();
  private final Map<List<?>, Map<ObjectKey, ?>> maps = new IdentityHashMap<>();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private int revision;
  private boolean portTaken;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void historyMakesNoDifference(long seed) {
    Random random = new Random(seed);
    GatewayTranslator incremental =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    put(
        GatewayResources.GATEWAY_CLASSES,
        "{metadata: {name: fairway}, spec: {controllerName: fairway.dev/gateway}}");
    for (int step = 0; step < STEPS; step++) {
      change(random);
      GatewayTranslation kept = translate(incremental);
      GatewayTranslation fresh =
          translate(new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system()));
      String context = "seed " + seed + " step " + step;
      assertThat(kept.statuses().routes()).as(context).isEqualTo(fresh.statuses().routes());
      assertThat(kept.statuses()).as(context).isEqualTo(fresh.statuses());
      assertThat(kept.upstreams()).as(context).isEqualTo(fresh.upstreams());
      assertThat(decisions(kept)).as(context).isEqualTo(decisions(fresh));
    }
  }

  private GatewayTranslation translate(GatewayTranslator translator) {
    Map<ObjectKey, GatewayAddresses> addresses = new HashMap<>();
    GatewayObjects objects = objects();
    for (Gateway gateway : translator.ours(objects)) {
      String address = "10.250.0." + gateway.metadata().name().substring(1);
      addresses.put(gateway.key(), new GatewayAddresses(List.of(address), null, ""));
    }
    Map<PortPlan.Key, String> unavailable =
        portTaken ? Map.of(new PortPlan.Key("10.250.0.1", 80, false), "in use") : Map.of();
    return translator.translate(objects, addresses, unavailable);
  }

  private void change(Random random) {
    String namespace = any(random, NAMESPACES);
    String name = "n" + random.nextInt(4);
    String where =
        "metadata: {namespace: "
            + namespace
            + ", name: "
            + name
            + ", generation: "
            + random.nextInt(100)
            + ", creationTimestamp: '2026-01-01T00:00:0"
            + random.nextInt(3)
            + "Z'}";
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> removeAny(random);
      case 3 -> service(random, namespace);
      case 4 -> {
        services.remove(namespace + "/s" + random.nextInt(3));
        publish();
      }
      case 5, 6 -> put(GatewayResources.GATEWAYS, gateway(random, namespace));
      case 7 -> put(GatewayResources.LISTENER_SETS, listenerSet(random, namespace, where));
      case 8 ->
          put(
              GatewayResources.REFERENCE_GRANTS,
              "{"
                  + where
                  + ", spec: {from: [{group: gateway.networking.k8s.io, kind: "
                  + any(random, List.of("HTTPRoute", "TCPRoute", "Gateway"))
                  + ", namespace: "
                  + any(random, NAMESPACES)
                  + "}], to: [{group: '', kind: "
                  + any(random, List.of("Service", "Secret"))
                  + "}]}}");
      case 9 -> put(GatewayResources.BACKEND_TLS_POLICIES, tlsPolicy(random, where));
      case 10 -> configMap(random, namespace);
      case 11 -> secret(random, namespace);
      case 12 ->
          put(
              Resource.NAMESPACES,
              "{metadata: {name: "
                  + namespace
                  + ", labels: {open: '"
                  + random.nextBoolean()
                  + "'}}}");
      case 13 -> portTaken = random.nextBoolean();
      case 14 -> put(GatewayResources.GRPC_ROUTES, grpcRoute(random, where));
      case 15 ->
          put(
              GatewayResources.TLS_ROUTES,
              "{"
                  + where
                  + ", spec: {"
                  + parents(random)
                  + ", hostnames: ["
                  + host(random)
                  + "], rules: [{"
                  + backends(random)
                  + "}]}}");
      case 16 -> put(GatewayResources.TCP_ROUTES, streams(random, where));
      case 17 -> put(GatewayResources.UDP_ROUTES, streams(random, where));
      default -> put(GatewayResources.HTTP_ROUTES, httpRoute(random, where));
    }
  }

  private static <T> T any(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static String host(Random random) {
    return "'" + any(random, HOSTS) + "'";
  }

  private void removeAny(Random random) {
    List<String> keys = present.keySet().stream().filter(k -> !k.startsWith("GatewayCl")).toList();
    if (!keys.isEmpty()) {
      String key = any(random, keys);
      present.remove(key);
      listed.remove(key.substring(0, key.indexOf(' ')));
    }
  }

  private void put(Resource<?> resource, String json) {
    KubeObject object = KubeCodec.decode(resource, KubeCodec.yamlDocuments(json).getFirst());
    present.put(resource.kind() + " " + object.key(), object);
    listed.remove(resource.kind());
  }

  private void service(Random random, String namespace) {
    String name = "s" + random.nextInt(3);
    ServiceInfo.Settings settings =
        ServiceInfo.Settings.of(namespace, name)
            .clusterIp("10.96.0.1")
            .port("http", Protocol.TCP, 80 + random.nextInt(2), 0, "")
            .port("dns", Protocol.UDP, 80, 0, "")
            .build();
    services.put(namespace + "/" + name, new ServiceInfo(settings, List.of()));
    publish();
  }

  private void publish() {
    snapshot = ServiceSnapshot.of(++revision, List.copyOf(services.values()), Set.of());
  }

  private void secret(Random random, String namespace) {
    TestCertificates.Pem pem = any(random, CERTIFICATES);
    put(
        Resource.SECRETS,
        "{metadata: {namespace: "
            + namespace
            + ", name: cert}, type: kubernetes.io/tls, data: {tls.crt: "
            + base64(pem.certificate())
            + ", tls.key: "
            + (random.nextInt(4) == 0 ? "''" : base64(pem.key()))
            + "}}");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void configMap(Random random, String namespace) {
    String pem = any(random, CERTIFICATES).certificate().replace("\n", "\\n");
    String text = random.nextInt(4) == 0 ? "nothing" : pem;
    put(
        Resource.CONFIG_MAPS,
        "{metadata: {namespace: " + namespace + ", name: ca}, data: {ca.crt: \"" + text + "\"}}");
  }

  private static String gateway(Random random, String namespace) {
    StringBuilder listeners = new StringBuilder();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      listeners.append(listener(random, i)).append(", ");
    }
    String key =
        random.nextBoolean()
            ? ", tls: {backend: {clientCertificateRef: {name: cert, namespace: "
                + any(random, NAMESPACES)
                + "}}}"
            : "";
    return "{metadata: {namespace: "
        + namespace
        + ", name: g"
        + (1 + random.nextInt(2))
        + ", generation: "
        + random.nextInt(100)
        + "}, spec: {gatewayClassName: "
        + any(random, List.of("fairway", "fairway", "fairway", "other"))
        + ", allowedListeners: {namespaces: {from: "
        + any(random, List.of("All", "Same"))
        + "}}, listeners: ["
        + listeners
        + "]"
        + key
        + "}}";
  }

  private static String listener(Random random, int number) {
    String protocol = any(random, List.of("HTTP", "HTTP", "HTTPS", "TLS", "TCP", "UDP"));
    String tls =
        switch (protocol) {
          case "HTTPS" -> ", tls: {certificateRefs: [{name: cert}]}";
          case "TLS" -> ", tls: {mode: Passthrough}";
          default -> "";
        };
    boolean named = protocol.length() != 3 || protocol.equals("TLS");
    String host = named && random.nextBoolean() ? ", hostname: " + host(random) : "";
    String from =
        any(
            random,
            List.of("All", "Same", "Selector, selector: {matchLabels: {open: 'true'}}", "All"));
    return "{name: l"
        + number
        + ", port: "
        + (protocol.equals("HTTP") ? 80 : 443)
        + ", protocol: "
        + protocol
        + tls
        + host
        + ", allowedRoutes: {namespaces: {from: "
        + from
        + "}}}";
  }

  private static String listenerSet(Random random, String namespace, String where) {
    return "{"
        + where
        + ", spec: {parentRef: {name: g"
        + (1 + random.nextInt(2))
        + ", namespace: "
        + namespace
        + "}, listeners: ["
        + listener(random, 7)
        + "]}}";
  }

  private static String tlsPolicy(Random random, String where) {
    String section = random.nextBoolean() ? ", sectionName: http" : "";
    return "{"
        + where
        + ", spec: {targetRefs: [{group: '', kind: Service, name: s"
        + random.nextInt(3)
        + section
        + "}], validation: {hostname: "
        + host(random)
        + ", caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]}}}";
  }

  private static String parents(Random random) {
    List<String> parents = new ArrayList<>();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      String section = random.nextInt(4) == 0 ? ", sectionName: l" + random.nextInt(3) : "";
      String kind = random.nextInt(4) == 0 ? ", kind: ListenerSet" : "";
      String name = kind.isEmpty() ? "g" + (1 + random.nextInt(2)) : "n" + random.nextInt(4);
      parents.add(
          "{name: " + name + kind + ", namespace: " + any(random, NAMESPACES) + section + "}");
    }
    return "parentRefs: [" + String.join(", ", parents) + "]";
  }

  private static String backends(Random random) {
    String namespace = random.nextInt(3) == 0 ? ", namespace: " + any(random, NAMESPACES) : "";
    return "backendRefs: [{name: s" + random.nextInt(3) + ", port: 80" + namespace + "}]";
  }

  private static String hostnames(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> "";
      case 1 -> ", hostnames: [" + host(random) + "]";
      default -> ", hostnames: [" + host(random) + ", " + host(random) + "]";
    };
  }

  private static String httpRoute(Random random, String where) {
    StringBuilder rules = new StringBuilder();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      rules
          .append("{matches: [{path: {type: ")
          .append(any(random, List.of("PathPrefix", "Exact", "RegularExpression", "Odd")))
          .append(", value: ")
          .append(any(random, PATHS))
          .append("}}], ")
          .append(backends(random))
          .append("}, ");
    }
    return "{"
        + where
        + ", spec: {"
        + parents(random)
        + hostnames(random)
        + ", rules: ["
        + rules
        + "]}}";
  }

  private static String grpcRoute(Random random, String where) {
    return "{"
        + where
        + ", spec: {"
        + parents(random)
        + hostnames(random)
        + ", rules: [{matches: [{method: {service: one}}], "
        + backends(random)
        + "}]}}";
  }

  private static String streams(Random random, String where) {
    return "{" + where + ", spec: {" + parents(random) + ", rules: [{" + backends(random) + "}]}}";
  }

  /** Collections are the same objects where nothing in them changed, as a store gives them. */
  @SuppressWarnings("unchecked")
  private <T extends KubeObject> List<T> all(Resource<T> resource) {
    return (List<T>)
        listed.computeIfAbsent(
            resource.kind(),
            kind ->
                present.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(kind + " "))
                    .map(Map.Entry::getValue)
                    .toList());
  }

  @SuppressWarnings("unchecked")
  private <T extends KubeObject> Map<ObjectKey, T> byKey(Resource<T> resource) {
    List<T> objects = all(resource);
    return (Map<ObjectKey, T>)
        maps.computeIfAbsent(
            objects,
            _ -> objects.stream().collect(Collectors.toMap(KubeObject::key, Function.identity())));
  }

  private GatewayObjects objects() {
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (Namespace namespace : all(Resource.NAMESPACES)) {
      labels.put(namespace.metadata().name(), namespace.metadata().labels());
    }
    Map<ObjectKey, Secret> secrets = byKey(Resource.SECRETS);
    Map<ObjectKey, ConfigMap> configMaps = byKey(Resource.CONFIG_MAPS);
    return new GatewayObjects(
        all(GatewayResources.GATEWAY_CLASSES),
        all(GatewayResources.GATEWAYS),
        all(GatewayResources.LISTENER_SETS),
        all(GatewayResources.HTTP_ROUTES),
        all(GatewayResources.GRPC_ROUTES),
        all(GatewayResources.TLS_ROUTES),
        all(GatewayResources.TCP_ROUTES),
        all(GatewayResources.UDP_ROUTES),
        all(GatewayResources.REFERENCE_GRANTS),
        all(GatewayResources.BACKEND_TLS_POLICIES),
        labels,
        secrets,
        configMaps,
        snapshot);
  }

  private static List<String> decisions(GatewayTranslation translation) {
    World world = World.of(translation);
    List<String> decisions = new ArrayList<>(world.lines());
    for (PortPlan plan : translation.ports()) {
      String at = plan.address() + ":" + plan.port() + " ";
      for (String host : List.of("a.test", "b.test", "c.test", "x.a.test", "y.a.test", "q")) {
        for (String path : List.of("/", "/one", "/one/two/3", "/two", "/three")) {
          String answer = world.answer(plan.address(), plan.port(), "GET " + host + path);
          decisions.add(at + host + path + " " + answer);
        }
        decisions.add(at + host + " " + world.tls(plan.address(), plan.port(), host));
      }
      decisions.add(at + world.streams(plan.address(), plan.port(), plan.key().udp()));
    }
    return decisions;
  }
}
