// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Random services that come, change and go, against a model that is a plain map from names to
 * records, built anew after each step; every name and its neighbours are asked for.
 */
class ZoneSimulationTest {
  private static final String ZONE = "cluster.local.";
  private static final String[] TYPES = {"A", "AAAA", "SRV", "TXT", "PTR", "CNAME", "HTTPS"};
  private static final int STEPS = 25;

  private record Endpoint(String address, String hostname, boolean ready) {}

  private record Service(
      String namespace,
      String name,
      List<String> clusterIps,
      String externalName,
      Map<String, Integer> ports,
      List<Endpoint> endpoints) {
    boolean isHeadless() {
      return clusterIps.isEmpty() && externalName.isEmpty();
    }

    String fqdn() {
      return name + "." + namespace + ".svc." + ZONE;
    }
  }

  private final Map<String, Service> services = new TreeMap<>();
  private final Set<String> namespaces = new TreeSet<>();

  /** Records by name; a name with no records exists all the same. */
  private final Map<String, Set<String>> model = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void zone_answersWhatTheModelSays(long seed) {
    Random random = new Random(seed);
    ClusterModel source = new ClusterModel();
    ZoneHarness zone = new ZoneHarness(ZoneOptions.of("cluster.local"), false);
    for (int step = 0; step < STEPS; step++) {
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes; i++) {
        change(random, source);
      }
      int before = zone.zone().snapshot().serial();
      boolean synced = zone.zone().snapshot().isSynced();
      Map<String, Set<String>> last = Map.copyOf(model);
      zone.follow(source);
      rebuild();
      if (synced) {
        assertThat(zone.zone().snapshot().serial() != before)
            .describedAs("serial changes iff the zone does: step " + step)
            .isEqualTo(!last.equals(model));
      }
      check(zone, random, "seed " + seed + " step " + step);
      checkTransfer(zone, "seed " + seed + " step " + step);
    }
  }

  /** A transfer tells of every service, and nothing that its names would not answer. */
  private void checkTransfer(ZoneHarness zone, String when) {
    Set<String> told = new TreeSet<>();
    for (byte[] bytes : ZoneTransfer.of(zone.zone().snapshot())) {
      Record record = recordOf(bytes);
      String name = record.getName().toString();
      told.add(name);
      String data = Type.string(record.getType()) + " " + record.rdataToString();
      if (record.getType() != Type.SOA && record.getType() != Type.NS) {
        assertThat(model.get(name)).describedAs(when + ": " + name).contains(data);
      }
    }
    for (Service service : services.values()) {
      boolean isTold = !service.isHeadless() || model.containsKey(service.fqdn());
      assertThat(told.contains(service.fqdn())).describedAs(when).isEqualTo(isTold);
    }
  }

  private static Record recordOf(byte[] bytes) {
    try {
      return Record.fromWire(bytes, Section.ANSWER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void change(Random random, ClusterModel source) {
    String namespace = "ns" + random.nextInt(3);
    String name = "svc" + random.nextInt(6);
    String key = namespace + "/" + name;
    if (random.nextInt(5) == 0) {
      source.remove(key);
      services.remove(key);
      return;
    }
    source.namespace(namespace);
    namespaces.add(namespace);
    Service service = random(random, namespace, name);
    services.put(key, service);
    ClusterModel.ServiceBuilder builder = source.service(key);
    builder.clusterIp(service.clusterIps.toArray(new String[0]));
    if (!service.externalName.isEmpty()) {
      builder.externalName(service.externalName);
    } else if (service.isHeadless()) {
      builder.headless();
    }
    service.ports.forEach((port, number) -> builder.port(port, "TCP", number));
    for (Endpoint endpoint : service.endpoints) {
      builder.endpoint(
          endpoint.address, endpoint.hostname.isEmpty() ? null : endpoint.hostname, endpoint.ready);
    }
  }

  private static Service random(Random random, String namespace, String name) {
    List<String> ips = new ArrayList<>();
    String external = "";
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        ips.add("10.96.0." + Math.floorMod((namespace + name).hashCode(), 250));
        if (random.nextBoolean()) {
          ips.add("fd00:96::" + Math.floorMod((namespace + name).hashCode(), 250));
        }
      }
      case 2 -> external = "host" + random.nextInt(3) + ".example.com.";
      default -> {}
    }
    Map<String, Integer> ports = new TreeMap<>();
    for (int i = 0; i < random.nextInt(3); i++) {
      ports.put("port" + i, 80 + i);
    }
    Map<String, Endpoint> endpoints = new TreeMap<>();
    for (int i = external.isEmpty() ? random.nextInt(5) : 0; i > 0; i--) {
      boolean v6 = random.nextInt(3) == 0;
      String address = (v6 ? "fd00:1::" : "10.1.0.") + (1 + random.nextInt(12));
      String hostname = random.nextInt(3) == 0 ? "host-" + random.nextInt(2) : "";
      endpoints.put(address, new Endpoint(address, hostname, random.nextInt(4) != 0));
    }
    return new Service(namespace, name, ips, external, ports, new ArrayList<>(endpoints.values()));
  }

  private void rebuild() {
    model.clear();
    for (String name : List.of("", "svc.", "pod.", "dns.")) {
      exists(name + ZONE);
    }
    record("dns-version." + ZONE, "TXT 1.1.0");
    exists("ns.dns." + ZONE);
    for (String namespace : namespaces) {
      exists(namespace + ".svc." + ZONE);
      exists(namespace + ".pod." + ZONE);
    }
    Map<String, List<String>> reverse = new HashMap<>();
    for (Service service : services.values()) {
      add(service, reverse);
    }
    for (Service service : services.values()) {
      for (String ip : service.clusterIps) {
        reverse.put(ip, List.of(service.fqdn()));
      }
    }
    reverse.forEach((ip, names) -> names.forEach(name -> record(reverseName(ip), "PTR " + name)));
  }

  private void add(Service service, Map<String, List<String>> reverse) {
    String fqdn = service.fqdn();
    List<Endpoint> ready = service.endpoints.stream().filter(Endpoint::ready).toList();
    if (!service.externalName.isEmpty()) {
      record(fqdn, "CNAME " + service.externalName);
      return;
    }
    if (service.isHeadless() && ready.isEmpty()) {
      return;
    }
    exists(fqdn);
    for (Endpoint endpoint : ready) {
      record(host(endpoint) + fqdn, address(endpoint.address));
    }
    List<String> addresses =
        service.isHeadless() ? ready.stream().map(Endpoint::address).toList() : service.clusterIps;
    addresses.forEach(address -> record(fqdn, address(address)));
    int all = Math.max(1, 100 / Math.max(1, addresses.size() * service.ports.size()));
    int one = Math.max(1, 100 / Math.max(1, addresses.size()));
    service.ports.forEach((port, number) -> {
      String portName = "_" + port + "._tcp." + fqdn;
      exists("_tcp." + fqdn);
      addresses.forEach(address -> record(portName, address(address)));
      List<String> targets = new ArrayList<>();
      if (service.isHeadless()) {
        ready.forEach(endpoint -> targets.add(host(endpoint) + fqdn));
      } else {
        targets.add(fqdn);
      }
      for (String target : targets) {
        record(portName, "SRV 0 " + one + " " + number + " " + target);
        record(fqdn, "SRV 0 " + all + " " + number + " " + target);
      }
    });
    for (Endpoint endpoint : ready) {
      long same = ready.stream().filter(other -> host(other).equals(host(endpoint))).count();
      int weight = Math.max(1, (int) (100 / Math.max(1, same * service.ports.size())));
      service
          .ports
          .values()
          .forEach(number ->
              record(
                  host(endpoint) + fqdn,
                  "SRV 0 " + weight + " " + number + " " + host(endpoint) + fqdn,
                  service.isHeadless()));
    }
    addReverse(service, ready, reverse);
  }

  private void addReverse(
      Service service, List<Endpoint> ready, Map<String, List<String>> reverse) {
    for (Endpoint endpoint : ready) {
      List<String> names = reverse.computeIfAbsent(endpoint.address, ip -> new ArrayList<>());
      names.add(host(endpoint) + service.fqdn());
    }
    // The preference for headless hostnames is applied by the reader of the whole list.
    for (Map.Entry<String, List<String>> entry : reverse.entrySet()) {
      entry.setValue(preferred(entry.getKey()));
    }
  }

  private List<String> preferred(String ip) {
    List<String> hostnames = new ArrayList<>();
    List<String> all = new ArrayList<>();
    for (Service service : services.values()) {
      for (Endpoint endpoint : service.endpoints) {
        if (endpoint.ready && endpoint.address.equals(ip)) {
          all.add(host(endpoint) + service.fqdn());
          if (service.isHeadless() && !endpoint.hostname.isEmpty()) {
            hostnames.add(host(endpoint) + service.fqdn());
          }
        }
      }
    }
    return hostnames.isEmpty() ? all : hostnames;
  }

  private void record(String name, String data, boolean really) {
    if (really) {
      record(name, data);
    }
  }

  private void record(String name, String data) {
    exists(name).add(data);
  }

  private Set<String> exists(String name) {
    return model.computeIfAbsent(name, key -> new TreeSet<>());
  }

  private static String host(Endpoint endpoint) {
    return endpoint.hostname.isEmpty()
        ? endpoint.address.replace('.', '-').replace(':', '-') + "."
        : endpoint.hostname + ".";
  }

  private static String address(String ip) {
    return ip.contains(":") ? "AAAA " + expanded(ip) : "A " + ip;
  }

  private static String expanded(String ip) {
    int gap = ip.indexOf("::");
    long groups = ip.chars().filter(c -> c == ':').count();
    return ip.substring(0, gap) + ":0".repeat((int) (8 - groups)) + ":" + ip.substring(gap + 2);
  }

  private static String reverseName(String ip) {
    if (!ip.contains(":")) {
      List<String> octets = new ArrayList<>(List.of(ip.split("\\.")));
      Collections.reverse(octets);
      return String.join(".", octets) + ".in-addr.arpa.";
    }
    StringBuilder nibbles = new StringBuilder();
    for (String group : expanded(ip).split(":")) {
      nibbles.append("0".repeat(4 - group.length())).append(group);
    }
    return String.join(".", nibbles.reverse().toString().split("")) + ".ip6.arpa.";
  }

  private void check(ZoneHarness zone, Random random, String when) {
    Set<String> names = new TreeSet<>(model.keySet());
    for (String name : model.keySet()) {
      if (name.endsWith(ZONE)) {
        names.add("nope." + name);
        names.add("x" + name);
        if (!name.equals(ZONE)) {
          names.add(name.substring(name.indexOf('.') + 1));
        }
      }
    }
    names.removeIf(name -> name.endsWith(".pod." + ZONE) && name.startsWith("10-"));
    for (String name : names) {
      if (!name.endsWith(ZONE) || name.equals("x" + ZONE) || name.equals("local.")) {
        if (name.endsWith("arpa.")) {
          checkName(zone, name, "PTR", when);
        }
        continue;
      }
      for (String type : TYPES) {
        checkName(zone, randomCase(random, name), type, when);
      }
    }
  }

  private void checkName(ZoneHarness zone, String name, String type, String when) {
    Set<String> records = model.get(name.toLowerCase(java.util.Locale.ROOT));
    Message message = zone.ask(name + " " + type);
    String what = when + ": " + name + " " + type;
    assertThat(message.getRcode()).describedAs(what).isEqualTo(records == null ? 3 : 0);
    Set<String> answers = new TreeSet<>();
    for (Record record : message.getSection(Section.ANSWER)) {
      assertThat(record.getName().toString()).describedAs(what).isEqualTo(name);
      String data = Type.string(record.getType()) + " " + record.rdataToString();
      answers.add(data.toLowerCase(java.util.Locale.ROOT));
    }
    Set<String> expected = new TreeSet<>();
    for (String record : records == null ? Set.<String>of() : records) {
      if (record.startsWith(type + " ") || record.startsWith("CNAME ")) {
        expected.add(record.toLowerCase(java.util.Locale.ROOT));
      }
    }
    assertThat(answers).describedAs(what).isEqualTo(expected);
    assertThat(message.getSection(Section.AUTHORITY))
        .describedAs(what)
        .hasSize(expected.isEmpty() ? 1 : 0);
  }

  private static String randomCase(Random random, String name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toCharArray()) {
      text.append(random.nextBoolean() ? Character.toUpperCase(c) : c);
    }
    return text.toString();
  }
}
