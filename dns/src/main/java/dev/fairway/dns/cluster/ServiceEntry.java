// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything that names at and below one service answer. Immutable; arrays are not to be written.
 */
final class ServiceEntry extends ShardedTable.Entry {
  /** Addresses by family; IPv6 addresses are two longs each. */
  record Addresses(int[] v4, long[] v6) {
    static final Addresses NONE = new Addresses(new int[0], new long[0]);

    boolean isSameAs(Addresses other) {
      return Arrays.equals(v4, other.v4) && Arrays.equals(v6, other.v6);
    }
  }

  /** The target of an ExternalName service: its wire form as written, and folded. */
  record Target(byte[] wire, WireName name) {}

  private static final ServiceEntry[] NO_ZONES = new ServiceEntry[0];
  private static final PtrRecord[] NO_PTRS = new PtrRecord[0];

  private final byte[] key;
  private final byte[] suffix;
  private final boolean headless;
  private final Addresses addresses;
  private final HostTable hosts;
  private final PortGroup[] ports;
  private final @Nullable Target target;
  private final PtrRecord[] ptrs;
  private final byte[] zone;
  private final ServiceEntry[] zones;

  /**
   * An entry.
   *
   * @param key labels of service and namespace, folded
   * @param ptrs sorted
   */
  ServiceEntry(
      long hash,
      byte[] key,
      boolean headless,
      Addresses addresses,
      HostTable hosts,
      PortGroup[] ports,
      @Nullable Target target,
      PtrRecord[] ptrs) {
    this(
        hash,
        key,
        ZoneNames.concat(key, ZoneNames.SVC),
        headless,
        addresses,
        hosts,
        ports,
        target,
        ptrs,
        ZoneNames.NO_LABEL,
        NO_ZONES);
  }

  private ServiceEntry(
      long hash,
      byte[] key,
      byte[] suffix,
      boolean headless,
      Addresses addresses,
      HostTable hosts,
      PortGroup[] ports,
      @Nullable Target target,
      PtrRecord[] ptrs,
      byte[] zone,
      ServiceEntry[] zones) {
    super(hash);
    this.key = key;
    this.suffix = suffix;
    this.headless = headless;
    this.addresses = addresses;
    this.hosts = hosts;
    this.ports = ports;
    this.target = target;
    this.ptrs = ptrs;
    this.zone = zone;
    this.zones = zones;
  }

  /** This service with the parts of it that are in one topology zone each. */
  ServiceEntry withZones(ServiceEntry[] parts) {
    return new ServiceEntry(
        hash(), key, suffix, headless, addresses, hosts, ports, target, ptrs, zone, parts);
  }

  /** The endpoints of this service in one topology zone, under the same names. */
  ServiceEntry part(byte[] zoneLabel, Addresses own, PortGroup[] ownPorts) {
    return new ServiceEntry(
        hash(), key, suffix, headless, own, hosts, ownPorts, null, NO_PTRS, zoneLabel, NO_ZONES);
  }

  /** The part in the topology zone that label {@code i} of a name names, null for none. */
  @Nullable ServiceEntry inZone(WireName name, int i) {
    for (ServiceEntry part : zones) {
      if (name.labelIs(i, part.zone)) {
        return part;
      }
    }
    return null;
  }

  byte[] key() {
    return key;
  }

  /** Labels of service, namespace and {@code svc}: a name without the zone. */
  byte[] suffix() {
    return suffix;
  }

  boolean isHeadless() {
    return headless;
  }

  Addresses addresses() {
    return addresses;
  }

  HostTable hosts() {
    return hosts;
  }

  PortGroup[] ports() {
    return ports;
  }

  /** Where an ExternalName service points to, null for other types. */
  @Nullable Target target() {
    return target;
  }

  PtrRecord[] ptrs() {
    return ptrs;
  }

  /** The port asked for by labels 0 and 1 of a name; underscores may be missing. -1: none. */
  int findPort(WireName name) {
    for (int i = 0; i < ports.length; i++) {
      if (ports[i].portLabel().length > 0
          && isLabel(name, 0, ports[i].portLabel())
          && isLabel(name, 1, ports[i].protocolLabel())) {
        return i;
      }
    }
    return -1;
  }

  /** Whether label {@code i} is the protocol of a named port, so that names exist below it. */
  boolean hasNamesBelow(WireName name, int i) {
    if (name.at(name.labelAt(i) + 1) != '_') {
      return false;
    }
    for (PortGroup port : ports) {
      if (port.portLabel().length > 0 && isLabel(name, i, port.protocolLabel())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLabel(WireName name, int i, byte[] text) {
    int from = name.labelAt(i) + 1;
    int to = from + name.labelLength(i);
    if (name.at(from) == '_') {
      from++;
    }
    return name.regionIs(from, to, text);
  }

  boolean isSameAs(ServiceEntry other) {
    if (headless != other.headless
        || ports.length != other.ports.length
        || zones.length != other.zones.length
        || !Arrays.equals(zone, other.zone)
        || !addresses.isSameAs(other.addresses)
        || !hosts.isSameAs(other.hosts)
        || !Arrays.equals(ptrs, other.ptrs)) {
      return false;
    }
    for (int i = 0; i < ports.length; i++) {
      if (!ports[i].isSameAs(other.ports[i])) {
        return false;
      }
    }
    for (int i = 0; i < zones.length; i++) {
      if (!zones[i].isSameAs(other.zones[i])) {
        return false;
      }
    }
    Target mine = target;
    Target theirs = other.target;
    if (mine == null || theirs == null) {
      return mine == null && theirs == null;
    }
    return Arrays.equals(mine.wire(), theirs.wire());
  }
}
