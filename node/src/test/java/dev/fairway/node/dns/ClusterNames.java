// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.ReverseMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The names that a cluster might answer for, and their neighbours. It need not be exact: a name too
 * many is a neighbour.
 */
final class ClusterNames {
  static final String ZONE = "cluster.local.";
  private final Set<String> names = new TreeSet<>();

  private ClusterNames() {}

  /** All names that may exist. */
  static Set<String> of(List<ObjectNode> objects) {
    ClusterNames all = new ClusterNames();
    all.names.addAll(
        List.of(
            ZONE,
            "svc." + ZONE,
            "pod." + ZONE,
            "dns." + ZONE,
            "ns.dns." + ZONE,
            "dns-version." + ZONE,
            "10-244-0-1.default.pod." + ZONE,
            "10-244-0-1.bare.pod." + ZONE,
            "fd00-10-244--1.prod.pod." + ZONE,
            "1-2-3.prod.pod." + ZONE,
            "1-2-3-4-5.prod.pod." + ZONE,
            "1--2-3-4.prod.pod." + ZONE,
            "256-2-3-4.prod.pod." + ZONE,
            "10-244-0-1.none.pod." + ZONE,
            "a.ext.test.",
            "nx.ext.test.",
            "in-addr.arpa.",
            "ip6.arpa.",
            "10.in-addr.arpa.",
            "a.in-addr.arpa.",
            "1.2.3.4.5.in-addr.arpa.",
            "0.0.d.f.ip6.arpa."));
    for (String namespace : RandomCluster.NAMESPACES) {
      all.names.add(namespace + ".svc." + ZONE);
      all.names.add(namespace + ".pod." + ZONE);
    }
    objects.forEach(all::add);
    return all.names;
  }

  private void add(ObjectNode object) {
    switch (RandomCluster.text(object, "kind")) {
      case "Service" -> {
        String service =
            RandomCluster.name(object) + "." + RandomCluster.namespace(object) + ".svc." + ZONE;
        names.add(service);
        ports(object.path("spec").path("ports"), service);
      }
      case "EndpointSlice" -> {
        String of =
            object.at("/metadata/labels").path("kubernetes.io/service-name").asString("none");
        String service = of + "." + RandomCluster.namespace(object) + ".svc." + ZONE;
        ports(object.path("ports"), service);
        object.path("endpoints").forEach(endpoint -> endpoint(endpoint, service));
      }
      default -> {}
    }
  }

  private void ports(JsonNode ports, String service) {
    for (JsonNode port : ports) {
      String protocol = port.path("protocol").asString("TCP").toLowerCase(Locale.ROOT);
      String name = port.path("name").asString("");
      if (!name.isEmpty()) {
        names.add("_" + name + "._" + protocol + "." + service);
      }
      names.add("_" + protocol + "." + service);
    }
  }

  private void endpoint(JsonNode endpoint, String service) {
    String address = endpoint.path("addresses").path(0).asString("");
    String hostname = endpoint.path("hostname").asString("");
    if (!hostname.isEmpty()) {
      names.add(hostname + "." + service);
    }
    names.add(dashed(address) + "." + service);
    names.add(reverse(address));
  }

  private static String dashed(String address) {
    String label = IpAddress.parse(address).toString().replace('.', '-').replace(':', '-');
    return label.endsWith("-") ? label + "0" : label;
  }

  /** The name of an address below in-addr.arpa or ip6.arpa. */
  static String reverse(String address) {
    return ReverseMap.fromAddress(IpAddress.parse(address).toBytes()).toString();
  }

  /** Names beside one: a label changed, added, taken away, and letters of other case. */
  static List<String> neighbours(String name) {
    List<String> all = new ArrayList<>();
    List<String> labels = List.of(name.split("\\."));
    for (int i = 0; i < labels.size() && i < 4; i++) {
      all.add(with(labels, i, labels.get(i) + "x"));
      List<String> fewer = new ArrayList<>(labels);
      fewer.remove(i);
      all.add(String.join(".", fewer) + ".");
    }
    all.add("x." + name);
    all.add("*." + name);
    all.add("_x._tcp." + name);
    all.add("a.b.c." + name);
    all.add(with(labels, 0, "*"));
    all.add(with(labels, 0, "_"));
    if (labels.getFirst().startsWith("_")) {
      all.add(with(labels, 0, labels.getFirst().substring(1)));
      all.add(with(labels, 0, "_" + labels.getFirst()));
    }
    all.add(flipped(name));
    all.remove(".");
    return all;
  }

  private static String with(List<String> labels, int i, String label) {
    List<String> changed = new ArrayList<>(labels);
    changed.set(i, label);
    return String.join(".", changed) + ".";
  }

  private static String flipped(String name) {
    StringBuilder text = new StringBuilder(name);
    for (int i = 0; i < text.length(); i += 2) {
      text.setCharAt(i, Character.toUpperCase(text.charAt(i)));
    }
    return text.toString();
  }
}
