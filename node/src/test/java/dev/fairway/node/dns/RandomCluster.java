// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.kube.codec.KubeCodec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects of a cluster, thrown by dice: Services of every kind with slices that agree with them or
 * do not, in few namespaces and with few addresses, so that they meet. Confined to one thread.
 */
final class RandomCluster {
  static final List<String> NAMESPACES = List.of("default", "kube-system", "prod", "bare");

  /** Where ExternalNames lead; what {@link TestUpstream} has stands beside names of the cluster. */
  private static final List<String> TARGETS =
      List.of(
          "a.ext.test",
          "alias.ext.test",
          "many.ext.test",
          "nx.ext.test",
          "v4only.ext.test",
          "fail.ext.test",
          "s0.default.svc.cluster.local",
          "s1.default.svc.cluster.local.",
          "s2.prod.svc.cluster.local",
          "s3.default.svc.cluster.local",
          "missing.default.svc.cluster.local",
          "cluster.local",
          "svc.cluster.local",
          "h1.s1.default.svc.cluster.local",
          "10-244-0-1.default.pod.cluster.local",
          "192.0.2.77");

  private static final List<String> HOSTNAMES =
      List.of("h0", "h1", "h2", "web-0", "web-1", "10-244-0-1", "x");
  private static final List<String> PORT_NAMES = List.of("http", "https", "dns", "m", "web-1");
  private static final List<String> PROTOCOLS = List.of("TCP", "TCP", "UDP", "SCTP");

  /** What is done to an object. */
  enum Verb {
    CREATE,
    REPLACE,
    DELETE
  }

  /** A step. */
  record Change(Verb verb, ObjectNode object) {}

  private final SplittableRandom dice;
  private final Map<String, ObjectNode> objects = new LinkedHashMap<>();

  RandomCluster(long seed) {
    dice = new SplittableRandom(seed);
  }

  /** All objects there are, in the order of their creation. */
  List<ObjectNode> objects() {
    return List.copyOf(objects.values());
  }

  /** The objects to begin with. */
  List<Change> begin(int services) {
    List<Change> changes = new ArrayList<>();
    for (String namespace : NAMESPACES) {
      if (!namespace.equals("default") && !namespace.equals("kube-system")) {
        ObjectNode object = object("v1", "Namespace", namespace);
        changes.add(put(object));
      }
    }
    for (int i = 0; i < services; i++) {
      String namespace = NAMESPACES.get(dice.nextInt(3));
      String name = "s" + i / 2;
      if (!objects.containsKey(key("Service", namespace, name))) {
        changes.addAll(service(namespace, name));
      }
    }
    return changes;
  }

  /** A few changes of what there is. */
  List<Change> step() {
    List<Change> changes = new ArrayList<>();
    for (int i = dice.nextInt(2, 8); i > 0; i--) {
      List<ObjectNode> all =
          objects().stream().filter(o -> !text(o, "kind").equals("Namespace")).toList();
      ObjectNode object = all.get(dice.nextInt(all.size()));
      boolean slice = text(object, "kind").equals("EndpointSlice");
      switch (dice.nextInt(4)) {
        case 0 -> {
          objects.remove(key(object));
          changes.add(new Change(Verb.DELETE, object));
        }
        case 1, 2 -> {
          if (slice) {
            refill(object);
            changes.add(new Change(Verb.REPLACE, object));
          }
        }
        default -> {
          String namespace = NAMESPACES.get(dice.nextInt(3));
          String name = "t" + objects.size() + "-" + dice.nextInt(1000);
          changes.addAll(service(namespace, name));
        }
      }
    }
    return changes;
  }

  private List<Change> service(String namespace, String name) {
    List<Change> changes = new ArrayList<>();
    ObjectNode service = object("v1", "Service", name);
    metadata(service).put("namespace", namespace);
    ObjectNode spec = service.putObject("spec");
    int kind = dice.nextInt(10);
    if (kind < 3) {
      spec.put("type", "ExternalName").put("externalName", any(TARGETS));
    } else {
      spec.put("type", kind == 3 ? "NodePort" : kind == 4 ? "LoadBalancer" : "ClusterIP");
      if (kind > 6) {
        spec.put("clusterIP", "None");
      }
      spec.put("ipFamilyPolicy", dice.nextBoolean() ? "PreferDualStack" : "SingleStack");
      spec.putArray("ipFamilies").add(dice.nextBoolean() ? "IPv4" : "IPv6");
      spec.put("publishNotReadyAddresses", dice.nextInt(4) == 0);
      int ports = dice.nextInt(kind > 6 ? 0 : 1, 4);
      ports(spec.putArray("ports"), ports, true);
    }
    changes.add(put(service));
    for (int i = dice.nextInt(4); i > 0; i--) {
      changes.add(put(slice(namespace, name, i)));
    }
    return changes;
  }

  private ObjectNode slice(String namespace, String service, int number) {
    ObjectNode slice = object("discovery.k8s.io/v1", "EndpointSlice", service + "-" + number);
    // Of a slice without this label CoreDNS makes a PTR that it cannot send.
    metadata(slice)
        .put("namespace", namespace)
        .putObject("labels")
        .put("kubernetes.io/service-name", dice.nextInt(20) == 0 ? "ghost" : service);
    slice.put("addressType", dice.nextInt(3) == 0 ? "IPv6" : "IPv4");
    refill(slice);
    return slice;
  }

  private void refill(ObjectNode slice) {
    ports(slice.putArray("ports"), dice.nextInt(4), false);
    ArrayNode endpoints = slice.putArray("endpoints");
    boolean v4 = text(slice, "addressType").equals("IPv4");
    int most = dice.nextInt(20) == 0 ? 60 : 5;
    Set<String> taken = new HashSet<>();
    for (int i = dice.nextInt(most); i > 0; i--) {
      String address = v4 ? address4(most) : address6(most);
      if (!taken.add(address)) {
        continue;
      }
      ObjectNode endpoint = endpoints.addObject();
      endpoint.putArray("addresses").add(address);
      switch (dice.nextInt(5)) {
        case 0 -> endpoint.putObject("conditions").put("ready", false);
        case 1 -> endpoint.putObject("conditions").put("ready", true).put("terminating", true);
        case 2 -> endpoint.putObject("conditions").put("serving", false);
        default -> endpoint.putObject("conditions").put("ready", true);
      }
      // An address has one name, as a pod has, and a name may have several addresses.
      int name = Math.floorMod(address.hashCode(), 3 * HOSTNAMES.size());
      if (name < HOSTNAMES.size()) {
        endpoint.put("hostname", HOSTNAMES.get(name));
      }
    }
  }

  private String address4(int most) {
    return "10.244." + dice.nextInt(2) + "." + dice.nextInt(1, 4 * most);
  }

  private String address6(int most) {
    return switch (dice.nextInt(4)) {
      case 0 -> "fd00:10:244::" + Integer.toHexString(dice.nextInt(1, 4 * most));
      case 1 -> "fd00:10:244:" + dice.nextInt(1, 4) + "::";
      case 2 -> "fd00:10:244::" + dice.nextInt(1, 4) + ":0:" + dice.nextInt(1, 4);
      default -> "fd00::1:2:3:4:" + dice.nextInt(1, 4);
    };
  }

  /** Ports of a Service are to differ, and those without a name to be alone; slices' too. */
  private void ports(ArrayNode ports, int count, boolean service) {
    boolean named = count > 1 || dice.nextInt(3) > 0;
    int first = dice.nextInt(PORT_NAMES.size() - count + 1);
    for (int i = 0; i < count; i++) {
      ObjectNode port = ports.addObject();
      if (named) {
        port.put("name", PORT_NAMES.get(first + i));
      }
      port.put("protocol", any(PROTOCOLS)).put("port", 8000 + i);
      if (service) {
        port.put("targetPort", 8000 + i);
      }
    }
  }

  private Change put(ObjectNode object) {
    objects.put(key(object), object);
    return new Change(Verb.CREATE, object);
  }

  private String any(List<String> words) {
    return words.get(dice.nextInt(words.size()));
  }

  private static ObjectNode object(String version, String kind, String name) {
    ObjectNode object = KubeCodec.json().createObjectNode();
    object.put("apiVersion", version).put("kind", kind);
    object.putObject("metadata").put("name", name);
    return object;
  }

  static ObjectNode metadata(ObjectNode object) {
    return (ObjectNode) object.required("metadata");
  }

  static String text(ObjectNode object, String field) {
    return object.path(field).asString("");
  }

  static String namespace(ObjectNode object) {
    return metadata(object).path("namespace").asString("");
  }

  static String name(ObjectNode object) {
    return metadata(object).path("name").asString("");
  }

  private static String key(ObjectNode object) {
    return key(text(object, "kind"), namespace(object), name(object));
  }

  private static String key(String kind, String namespace, String name) {
    return kind + "/" + namespace + "/" + name;
  }
}
