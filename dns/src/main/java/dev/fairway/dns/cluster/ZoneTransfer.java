// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.RecordBytes;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.SoaRecord;
import dev.fairway.dns.wire.WireName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The records of the cluster zone in the order of a zone transfer (RFC 5936): the SOA, the name
 * servers and their addresses, the services by name, the SOA. One snapshot is told from beginning
 * to end, whatever changes meanwhile. Names of pods are not told.
 *
 * <p>Each element is a whole, uncompressed record. Immutable; an iterator is confined to a thread
 * and makes the records of one service after the other.
 */
public final class ZoneTransfer implements Iterable<byte[]> {
  private final ZoneSnapshot zone;

  private ZoneTransfer(ZoneSnapshot zone) {
    this.zone = zone;
  }

  /** The records of a zone at one moment. */
  public static ZoneTransfer of(ZoneSnapshot zone) {
    return new ZoneTransfer(zone);
  }

  /** Whether a name is that of the zone. */
  public static boolean isZone(ZoneSnapshot zone, WireName name) {
    return name.labelsBefore(zone.zone()) == 0;
  }

  /** The SOA alone: what a secondary is told that has everything already. */
  public byte[] soa() {
    return SoaRecord.of(
        zone.zone(), ZoneAnswerer.soaTtl(zone), zone.serial(), ZoneAnswerer.negativeTtl(zone));
  }

  /** The serial of the SOA. */
  public int serial() {
    return zone.serial();
  }

  @Override
  public Iterator<byte[]> iterator() {
    List<ServiceEntry> services = services();
    return new Iterator<>() {
      private Iterator<byte[]> part = head().iterator();
      private int next;

      @Override
      public boolean hasNext() {
        while (!part.hasNext() && next <= services.size()) {
          part =
              next < services.size()
                  ? recordsOf(services.get(next)).iterator()
                  : List.of(soa()).iterator();
          next++;
        }
        return part.hasNext();
      }

      @Override
      public byte[] next() {
        return hasNext() ? part.next() : List.<byte[]>of().iterator().next();
      }
    };
  }

  /** All services, by name and then by namespace. */
  private List<ServiceEntry> services() {
    List<ServiceEntry> services = new ArrayList<>(zone.services());
    zone.serviceTable().forEach(services::add);
    services.sort((a, b) -> Arrays.compareUnsigned(sortKey(a), sortKey(b)));
    return services;
  }

  /** Octets of the labels, so that a shorter label stands before one that it starts. */
  private static byte[] sortKey(ServiceEntry entry) {
    byte[] key = Arrays.copyOfRange(entry.key(), 1, entry.key().length + 1);
    key[entry.key()[0]] = 0;
    return key;
  }

  private List<byte[]> head() {
    List<byte[]> records = new ArrayList<>();
    records.add(soa());
    List<NameServers.Server> servers = NameServers.servers(zone);
    for (NameServers.Server server : servers) {
      byte[] name = ZoneNames.concat(server.label(), server.rest());
      records.add(
          record().name(zone.zone()).head(RecordType.NS, ttl()).name(name, zone.zone()).toBytes());
    }
    for (NameServers.Server server : servers) {
      addresses(ZoneNames.concat(server.label(), server.rest()), server.addresses(), records);
    }
    return distinct(records);
  }

  private List<byte[]> recordsOf(ServiceEntry service) {
    List<byte[]> records = new ArrayList<>();
    ServiceEntry.Target target = service.target();
    if (target != null) {
      records.add(
          record()
              .name(service.suffix(), zone.zone())
              .head(RecordType.CNAME, ttl())
              .bytes(target.wire())
              .toBytes());
    } else if (service.isHeadless()) {
      headless(service, records);
    } else {
      addresses(service.suffix(), service.addresses(), records);
      clusterPorts(service, records);
    }
    return distinct(records);
  }

  private void clusterPorts(ServiceEntry service, List<byte[]> records) {
    int items = 0;
    for (PortGroup port : service.ports()) {
      items += port.items();
    }
    for (PortGroup port : service.ports()) {
      int ofAll = Math.max(1, 100 / Math.max(1, items));
      srv(service.suffix(), ofAll, port.port(), service.suffix(), records);
    }
    for (PortGroup port : service.ports()) {
      if (port.portLabel().length > 0) {
        int ofPort = Math.max(1, 100 / Math.max(1, port.items()));
        srv(portName(service, port), ofPort, port.port(), service.suffix(), records);
      }
    }
  }

  private void headless(ServiceEntry service, List<byte[]> records) {
    HostTable hosts = service.hosts();
    for (int host = 0; host < hosts.size(); host++) {
      byte[] label = Arrays.copyOfRange(hosts.labels(), hosts.labelFrom(host), hosts.labelTo(host));
      byte[] name = ZoneNames.concat(label, service.suffix());
      for (int i = hosts.v4From(host); i < hosts.v4To(host); i++) {
        a(service.suffix(), hosts.v4()[i], records);
        a(name, hosts.v4()[i], records);
        hostPorts(service, host, name, records);
      }
      for (int i = hosts.v6From(host); i < hosts.v6To(host); i++) {
        aaaa(service.suffix(), hosts.v6()[2 * i], hosts.v6()[2 * i + 1], records);
        aaaa(name, hosts.v6()[2 * i], hosts.v6()[2 * i + 1], records);
        hostPorts(service, host, name, records);
      }
    }
  }

  private void hostPorts(ServiceEntry service, int host, byte[] target, List<byte[]> records) {
    for (PortGroup port : service.ports()) {
      int first = port.firstTarget(host);
      for (int i = first; i < first + port.targetsOf(host); i++) {
        if (port.portLabel().length > 0) {
          int weight = Math.max(1, 100 / Math.max(1, port.items()));
          int number = (int) port.targets()[i] & 0xffff;
          srv(portName(service, port), weight, number, target, records);
        }
      }
    }
  }

  private void addresses(byte[] name, ServiceEntry.Addresses addresses, List<byte[]> records) {
    for (int address : addresses.v4()) {
      a(name, address, records);
    }
    for (int i = 0; i < addresses.v6().length; i += 2) {
      aaaa(name, addresses.v6()[i], addresses.v6()[i + 1], records);
    }
  }

  private void a(byte[] name, int address, List<byte[]> records) {
    records.add(
        record().name(name, zone.zone()).head(RecordType.A, ttl()).int32(address).toBytes());
  }

  private void aaaa(byte[] name, long high, long low, List<byte[]> records) {
    records.add(
        record()
            .name(name, zone.zone())
            .head(RecordType.AAAA, ttl())
            .int64(high)
            .int64(low)
            .toBytes());
  }

  private void srv(byte[] name, int weight, int port, byte[] target, List<byte[]> records) {
    records.add(
        record()
            .name(name, zone.zone())
            .head(RecordType.SRV, ttl())
            .int16(0)
            .int16(weight)
            .int16(port)
            .name(target, zone.zone())
            .toBytes());
  }

  private static byte[] portName(ServiceEntry service, PortGroup port) {
    byte[] labels =
        ZoneNames.concat(
            ZoneNames.label("_" + text(port.portLabel())),
            ZoneNames.label("_" + text(port.protocolLabel())));
    return ZoneNames.concat(labels, service.suffix());
  }

  private static String text(byte[] octets) {
    return new String(octets, StandardCharsets.UTF_8);
  }

  /** A zone has each record once; CoreDNS repeats those of endpoints that share a hostname. */
  private List<byte[]> distinct(List<byte[]> records) {
    if (zone.options().compat()) {
      return records;
    }
    Set<String> seen = new HashSet<>();
    records.removeIf(record -> !seen.add(new String(record, StandardCharsets.ISO_8859_1)));
    return records;
  }

  private int ttl() {
    return zone.options().ttl();
  }

  private static RecordBytes record() {
    return new RecordBytes();
  }
}
