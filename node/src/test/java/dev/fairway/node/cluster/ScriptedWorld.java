// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The truth of a simulated API server: Services and EndpointSlices that change by the dice, with
 * the history of each kind. The Service {@code steady} is always there, and so is its endpoint
 * {@link #PERMANENT}, which moves between slices: first it is in two, then in one of them. Not
 * thread-safe.
 */
final class ScriptedWorld {
  static final String PERMANENT = "10.1.9.9:8080";
  static final String STEADY = "steady";

  /** A change of an object. */
  record Change(int version, String line) {}

  /** A slice: its endpoints by address, with what is true of them. */
  private record Slice(String service, TreeMap<String, String> endpoints) {}

  private static final List<String> CONDITIONS = List.of("ready", "ready", "serving", "gone");

  private final SplittableRandom dice;
  private final TreeMap<String, Integer> services = new TreeMap<>();
  private final TreeMap<String, Slice> slices = new TreeMap<>();
  private final Map<String, Map<String, String>> objects =
      Map.of(
          "services", new TreeMap<>(),
          "endpointslices", new TreeMap<>(),
          "namespaces", new TreeMap<>());
  private final Map<String, List<Change>> history =
      Map.of(
          "services", new ArrayList<>(),
          "endpointslices", new ArrayList<>(),
          "namespaces", new ArrayList<>());
  private int version = 10;

  ScriptedWorld(SplittableRandom dice) {
    this.dice = dice;
    record("namespaces", "n", "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"10\"}}");
    put(STEADY);
    TreeMap<String, String> endpoints = new TreeMap<>(Map.of(PERMANENT, "ready"));
    put("steady-0", new Slice(STEADY, endpoints));
  }

  int version() {
    return version;
  }

  /** The changes of a kind. */
  List<Change> history(String kind) {
    return of(history, kind);
  }

  /** The objects of a kind, as JSON. */
  List<String> list(String kind) {
    return List.copyOf(of(objects, kind).values());
  }

  /** One change of one object. */
  void change() {
    String service = dice.nextInt(3) == 0 ? STEADY : "svc-" + dice.nextInt(4);
    String slice = service + "-" + dice.nextInt(3);
    switch (dice.nextInt(6)) {
      case 0 -> put(service);
      case 1 -> {
        if (!service.equals(STEADY) && services.containsKey(service)) {
          services.remove(service);
          remove("services", service);
        }
      }
      case 2 -> {
        if (slices.containsKey(slice) && !isOnlyPlaceOfPermanent(slice)) {
          slices.remove(slice);
          remove("endpointslices", slice);
        }
      }
      default -> put(slice, new Slice(service, endpoints(service, slice)));
    }
  }

  private boolean isOnlyPlaceOfPermanent(String name) {
    return slices.entrySet().stream()
        .filter(slice -> !slice.getKey().equals(name))
        .noneMatch(slice -> slice.getValue().endpoints().containsKey(PERMANENT));
  }

  private TreeMap<String, String> endpoints(String service, String slice) {
    TreeMap<String, String> endpoints = new TreeMap<>();
    int subnet = slice.hashCode() & 0x7f;
    for (int i = dice.nextInt(4); i > 0; i--) {
      // No address is in two slices: which of them would count is not defined.
      String address = "10.1.%d.%d:8080".formatted(100 + subnet, 1 + dice.nextInt(5));
      endpoints.put(address, CONDITIONS.get(dice.nextInt(CONDITIONS.size())));
    }
    if (service.equals(STEADY) && (isOnlyPlaceOfPermanent(slice) || dice.nextBoolean())) {
      endpoints.put(PERMANENT, "ready");
    }
    return endpoints;
  }

  /** What a proxier is to do now: the addresses of each Service, or none. */
  Map<String, String> expected() {
    TreeMap<String, String> expected = new TreeMap<>();
    for (String service : services.keySet()) {
      TreeSet<String> ready = new TreeSet<>();
      TreeSet<String> serving = new TreeSet<>();
      for (Slice slice : slices.values()) {
        if (slice.service().equals(service)) {
          slice
              .endpoints()
              .forEach((address, state) -> {
                if (state.equals("ready")) {
                  ready.add(address);
                } else if (state.equals("serving")) {
                  serving.add(address);
                }
              });
        }
      }
      TreeSet<String> used = ready.isEmpty() ? serving : ready;
      expected.put(service, String.join(",", used));
    }
    return expected;
  }

  /** The ClusterIP of a Service. */
  static String clusterIp(String service) {
    return service.equals(STEADY) ? "10.0.0.99" : "10.0.0.1" + service.substring(4);
  }

  private void put(String service) {
    version++;
    services.put(service, version);
    record(
        "services",
        service,
        """
        {"metadata":{"name":"%s","namespace":"n","resourceVersion":"%d"},\
        "spec":{"type":"ClusterIP","clusterIP":"%3$s","clusterIPs":["%3$s"],"ipFamilies":["IPv4"],\
        "ports":[{"name":"http","protocol":"TCP","port":80}]}}\
        """
            .formatted(service, version, clusterIp(service)));
  }

  private void put(String name, Slice slice) {
    version++;
    slices.put(name, slice);
    String endpoints =
        slice.endpoints().entrySet().stream()
            .map(endpoint ->
                """
                {"addresses":["%s"],\
                "conditions":{"ready":%b,"serving":%b,"terminating":%b}}\
                """
                    .formatted(
                        endpoint.getKey().split(":")[0],
                        endpoint.getValue().equals("ready"),
                        !endpoint.getValue().equals("gone"),
                        !endpoint.getValue().equals("ready")))
            .collect(Collectors.joining(","));
    record(
        "endpointslices",
        name,
        """
        {"metadata":{"name":"%s","namespace":"n","resourceVersion":"%d",\
        "labels":{"kubernetes.io/service-name":"%s"}},"addressType":"IPv4",\
        "ports":[{"name":"http","protocol":"TCP","port":8080}],"endpoints":[%s]}\
        """
            .formatted(name, version, slice.service(), endpoints));
  }

  private void record(String kind, String name, String json) {
    String type = of(objects, kind).put(name, json) == null ? "ADDED" : "MODIFIED";
    of(history, kind).add(new Change(version, event(type, json)));
  }

  private void remove(String kind, String name) {
    version++;
    // The last state, under the version of its removal.
    String last =
        Objects.requireNonNull(of(objects, kind).remove(name), name)
            .replaceFirst(
                "\"resourceVersion\":\"\\d+\"", "\"resourceVersion\":\"" + version + "\"");
    of(history, kind).add(new Change(version, event("DELETED", last)));
  }

  private static <T> T of(Map<String, T> kinds, String kind) {
    return Objects.requireNonNull(kinds.get(kind), kind);
  }

  /** An event, as it goes over a watch. */
  static String event(String type, String object) {
    return "{\"type\":\"" + type + "\",\"object\":" + object + "}\n";
  }
}
