// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.DashedAddress;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns a service of the model into what its names answer. Confined to the writer's thread. */
final class EntryBuilder {
  private final ZoneOptions options;
  private final long seed;
  private final byte[] label = new byte[64];

  EntryBuilder(ZoneOptions options, long seed) {
    this.options = options;
    this.seed = seed;
  }

  /** The entry of a service, or null when none of its names exists. */
  @Nullable ServiceEntry build(ServiceInfo service) {
    byte[] name = ZoneNames.label(service.name().name());
    byte[] namespace = ZoneNames.label(service.name().namespace());
    if (name.length == 0 || namespace.length == 0) {
      return null;
    }
    byte[] key = ZoneNames.concat(name, namespace);
    if (service.type() == ServiceType.EXTERNAL_NAME) {
      return externalEntry(service, key);
    }
    EndpointSet all = endpoints(service);
    int ready = countReady(all);
    if (ready == 0 && (service.isHeadless() || isIgnoredWithoutEndpoints())) {
      return null;
    }
    if (!service.isHeadless() && service.clusterIps().isEmpty()) {
      return null;
    }
    HostTable hosts = hosts(all, ready);
    PtrRecord[] ptrs = ptrs(service, all, ready, key);
    if (!service.isHeadless()) {
      ServiceEntry.Addresses addresses = addressesOf(service.clusterIps());
      PortGroup[] ports = clusterPorts(service, addresses);
      return new ServiceEntry(hash(key), key, false, addresses, hosts, ports, null, ptrs);
    }
    ServiceEntry.Addresses addresses = distinct(all, null);
    PortGroup[] ports = headlessPorts(service, hosts, addresses, null);
    ServiceEntry entry =
        new ServiceEntry(hash(key), key, true, addresses, hosts, ports, null, ptrs);
    return options.zonal() ? entry.withZones(zones(service, all, entry)) : entry;
  }

  private EndpointSet endpoints(ServiceInfo service) {
    return options.exposure().endpoints() ? service.allEndpoints() : EndpointSet.empty();
  }

  /** Without any endpoint known, none of the services would be there. */
  private boolean isIgnoredWithoutEndpoints() {
    return !options.exposure().emptyServices() && options.exposure().endpoints();
  }

  /** The parts of a headless service that are in one topology zone each. */
  private ServiceEntry[] zones(ServiceInfo service, EndpointSet all, ServiceEntry whole) {
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < all.size(); i++) {
      String zone = all.zone(i);
      if (all.isReady(i) && zone != null && ZoneNames.label(zone).length > 0) {
        names.add(zone);
      }
    }
    List<ServiceEntry> parts = new ArrayList<>();
    for (String zone : names) {
      ServiceEntry.Addresses addresses = distinct(all, zone);
      PortGroup[] ports = headlessPorts(service, whole.hosts(), addresses, zone);
      parts.add(whole.part(ZoneNames.label(zone), addresses, ports));
    }
    return parts.toArray(new ServiceEntry[0]);
  }

  /** Whether an endpoint is told, {@code zone} null for those of every zone. */
  private static boolean isIn(EndpointSet endpoints, int i, @Nullable String zone) {
    return endpoints.isReady(i) && (zone == null || zone.equals(endpoints.zone(i)));
  }

  private long hash(byte[] key) {
    return WireName.hash(key, 0, key.length, seed);
  }

  private @Nullable ServiceEntry externalEntry(ServiceInfo service, byte[] key) {
    String text = service.externalName();
    IpAddress literal = IpAddress.tryParse(text);
    ServiceEntry.Addresses addresses = ServiceEntry.Addresses.NONE;
    ServiceEntry.Target target = null;
    if (literal != null) {
      if (options.compat()) {
        return null;
      }
      addresses = addressesOf(List.of(literal));
    } else {
      byte[] wire = WireName.encode(text);
      WireName name = WireName.parse(text);
      if (wire == null || name == null) {
        return null;
      }
      target = new ServiceEntry.Target(wire, name);
    }
    return new ServiceEntry(
        hash(key),
        key,
        false,
        addresses,
        HostTable.EMPTY,
        new PortGroup[0],
        target,
        new PtrRecord[0]);
  }

  private static int countReady(EndpointSet endpoints) {
    int ready = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      ready += endpoints.isReady(i) ? 1 : 0;
    }
    return ready;
  }

  private HostTable hosts(EndpointSet endpoints, int ready) {
    HostTable.Builder hosts = new HostTable.Builder(ready, seed);
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.isReady(i)) {
        boolean v4 = endpoints.isV4(i);
        IpAddress v6 = v4 ? null : endpoints.address(i);
        long high = v6 == null ? 0 : v6.highBits();
        long low = v6 == null ? endpoints.ipv4(i) & 0xffff_ffffL : v6.lowBits();
        int length = labelOf(endpoints, i, v4, high, low);
        hosts.add(label, length, v4, high, low);
      }
    }
    return hosts.build();
  }

  /** Puts the label of an endpoint into {@link #label}: its name, else its address. */
  private int labelOf(EndpointSet endpoints, int i, boolean v4, long high, long low) {
    byte[] name = nameOf(endpoints, i);
    if (name.length > 0) {
      System.arraycopy(name, 0, label, 0, name.length);
      return name.length;
    }
    return DashedAddress.format(v4, high, low, label, 0);
  }

  /** The hostname of an endpoint, else its pod's name where that is asked for, else empty. */
  private byte[] nameOf(EndpointSet endpoints, int i) {
    String hostname = endpoints.hostname(i);
    byte[] name =
        hostname == null || hostname.isEmpty() ? ZoneNames.NO_LABEL : ZoneNames.label(hostname);
    String pod = endpoints.podName(i);
    if (name.length == 0 && pod != null && options.exposure().podNames()) {
      // A pod's name may have dots; then it is no label.
      name = pod.indexOf('.') < 0 ? ZoneNames.label(pod) : ZoneNames.NO_LABEL;
    }
    return name;
  }

  static ServiceEntry.Addresses addressesOf(List<IpAddress> addresses) {
    int[] v4 = new int[addresses.size()];
    long[] v6 = new long[addresses.size() * 2];
    int count4 = 0;
    int count6 = 0;
    for (IpAddress address : addresses) {
      if (address.isV4()) {
        v4[count4++] = (int) address.lowBits();
      } else {
        v6[count6++] = address.highBits();
        v6[count6++] = address.lowBits();
      }
    }
    return new ServiceEntry.Addresses(Arrays.copyOf(v4, count4), Arrays.copyOf(v6, count6));
  }

  /** Ready addresses, each once; equal ones stand side by side in a set. */
  private static ServiceEntry.Addresses distinct(EndpointSet endpoints, @Nullable String zone) {
    int[] v4 = new int[endpoints.size()];
    long[] v6 = new long[endpoints.size() * 2];
    int count4 = 0;
    int count6 = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      if (!isIn(endpoints, i, zone)) {
        continue;
      }
      if (endpoints.isV4(i)) {
        int address = endpoints.ipv4(i);
        if (count4 == 0 || v4[count4 - 1] != address) {
          v4[count4++] = address;
        }
      } else {
        IpAddress address = endpoints.address(i);
        if (count6 == 0
            || v6[count6 - 2] != address.highBits()
            || v6[count6 - 1] != address.lowBits()) {
          v6[count6++] = address.highBits();
          v6[count6++] = address.lowBits();
        }
      }
    }
    return new ServiceEntry.Addresses(Arrays.copyOf(v4, count4), Arrays.copyOf(v6, count6));
  }

  private static PortGroup[] clusterPorts(ServiceInfo service, ServiceEntry.Addresses addresses) {
    List<PortGroup> groups = new ArrayList<>();
    for (ServicePort port : service.ports()) {
      groups.add(
          PortGroup.ofCluster(
              octets(port.name().port()),
              octets(port.name().protocol().name()),
              port.port(),
              addresses.v4(),
              addresses.v6()));
    }
    return groups.toArray(new PortGroup[0]);
  }

  private PortGroup[] headlessPorts(
      ServiceInfo service, HostTable hosts, ServiceEntry.Addresses all, @Nullable String zone) {
    List<PortGroup> groups = new ArrayList<>();
    for (EndpointPort port : service.endpointPorts()) {
      EndpointSet endpoints = service.namedEndpoints(port);
      long[] targets = new long[endpoints.size()];
      int items = 0;
      for (int i = 0; i < endpoints.size(); i++) {
        if (isIn(endpoints, i, zone) && endpoints.port(i) > 0) {
          int host = hostOf(endpoints, i, hosts);
          if (host >= 0) {
            targets[items++] = (long) host << 16 | endpoints.port(i);
          }
        }
      }
      if (items == 0) {
        // A port that no ready endpoint has: nobody knows its name.
        continue;
      }
      ServiceEntry.Addresses own = distinct(endpoints, zone);
      groups.add(
          PortGroup.ofHosts(
              octets(port.name()),
              octets(port.protocol().name()),
              sortedDistinct(targets, items),
              items,
              Arrays.equals(own.v4(), all.v4()) ? all.v4() : own.v4(),
              Arrays.equals(own.v6(), all.v6()) ? all.v6() : own.v6()));
    }
    return groups.toArray(new PortGroup[0]);
  }

  private int hostOf(EndpointSet endpoints, int i, HostTable hosts) {
    boolean v4 = endpoints.isV4(i);
    IpAddress v6 = v4 ? null : endpoints.address(i);
    long high = v6 == null ? 0 : v6.highBits();
    long low = v6 == null ? endpoints.ipv4(i) & 0xffff_ffffL : v6.lowBits();
    int length = labelOf(endpoints, i, v4, high, low);
    return hosts.find(label, length);
  }

  private static long[] sortedDistinct(long[] values, int count) {
    Arrays.sort(values, 0, count);
    int distinct = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || values[i] != values[i - 1]) {
        values[distinct++] = values[i];
      }
    }
    return Arrays.copyOf(values, distinct);
  }

  private PtrRecord[] ptrs(ServiceInfo service, EndpointSet endpoints, int ready, byte[] key) {
    PtrRecord[] ptrs = new PtrRecord[service.clusterIps().size() + ready];
    int count = 0;
    for (IpAddress ip : service.clusterIps()) {
      ptrs[count++] =
          PtrRecord.of(
              ip.isV4(),
              ip.highBits(),
              ip.lowBits(),
              PtrRecord.CLUSTER_IP,
              ZoneNames.NO_LABEL,
              key,
              seed);
    }
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.isReady(i)) {
        ptrs[count++] = endpointPtr(service, endpoints, i, key);
      }
    }
    Arrays.sort(ptrs);
    return ptrs;
  }

  private PtrRecord endpointPtr(ServiceInfo service, EndpointSet endpoints, int i, byte[] key) {
    byte[] host = nameOf(endpoints, i);
    byte kind =
        host.length > 0 && service.isHeadless() ? PtrRecord.HEADLESS_HOST : PtrRecord.ENDPOINT;
    boolean v4 = endpoints.isV4(i);
    IpAddress v6 = v4 ? null : endpoints.address(i);
    long high = v6 == null ? 0 : v6.highBits();
    long low = v6 == null ? endpoints.ipv4(i) & 0xffff_ffffL : v6.lowBits();
    return PtrRecord.of(v4, high, low, kind, host, key, seed);
  }

  private static byte[] octets(String text) {
    return text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
  }
}
