// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.DashedAddress;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The NS records of the zone: the services that this server stands behind, else {@code
 * ns.dns.<zone>}. The one answer that is put together from the whole snapshot each time.
 */
final class NameServers {
  private static final byte[] NS_DNS = ZoneNames.concat(ZoneNames.NS, ZoneNames.DNS);

  /** A name without the zone, and its addresses. */
  record Server(byte[] label, byte[] rest, ServiceEntry.Addresses addresses) {
    boolean isSameAs(Server other) {
      return Arrays.equals(label, other.label) && Arrays.equals(rest, other.rest);
    }
  }

  /** Writes NS records with the addresses of their targets. */
  void write(ZoneSnapshot zone, ResponseWriter out, int zoneFrom) {
    List<Server> servers = servers(zone);
    int ttl = zone.options().ttl();
    int[] at = new int[servers.size()];
    for (int i = 0; i < at.length; i++) {
      Server server = servers.get(i);
      at[i] =
          out.answerName(
              ResponseWriter.QUESTION,
              RecordType.NS,
              ttl,
              server.label,
              server.rest,
              zoneFrom,
              zone.zone());
      if (at[i] < 0) {
        return;
      }
    }
    for (int i = 0; i < at.length; i++) {
      int[] v4 = servers.get(i).addresses.v4();
      long[] v6 = servers.get(i).addresses.v6();
      ServiceRecords.glue(out, at[i], ttl, v4, 0, v4.length);
      ServiceRecords.glue(out, at[i], ttl, v6, 0, v6.length / 2);
    }
  }

  /** Answers {@code ns.dns.<zone>}. */
  void writeAddresses(ZoneSnapshot zone, ResponseWriter out, ServiceRecords.Ask ask) {
    for (IpAddress address : zone.options().localAddresses()) {
      if (address.isV4() && ask.type == RecordType.A) {
        out.answerA(ask.owner, zone.options().ttl(), (int) address.lowBits());
      } else if (!address.isV4() && ask.type == RecordType.AAAA) {
        out.answerAaaa(ask.owner, zone.options().ttl(), address.highBits(), address.lowBits());
      }
    }
  }

  /** The names of this server, each once. */
  static List<Server> servers(ZoneSnapshot zone) {
    List<Server> servers = new ArrayList<>();
    for (IpAddress address : zone.options().localAddresses()) {
      long hash = zone.addressHash(address.isV4(), address.highBits(), address.lowBits());
      for (ShardedTable.Entry slot : zone.addressTable().shard(hash)) {
        if (slot instanceof PtrRecord record
            && record.isOf(address.isV4(), address.highBits(), address.lowBits())) {
          add(servers, zone, record, address);
        }
      }
    }
    if (servers.isEmpty()) {
      List<IpAddress> local = zone.options().localAddresses();
      servers.add(new Server(ZoneNames.NO_LABEL, NS_DNS, EntryBuilder.addressesOf(local)));
    }
    return servers;
  }

  private static void add(
      List<Server> servers, ZoneSnapshot zone, PtrRecord record, IpAddress address) {
    ServiceEntry entry = zone.service(record.service());
    if (entry == null) {
      return;
    }
    Server server = new Server(ZoneNames.NO_LABEL, entry.suffix(), entry.addresses());
    if (entry.isHeadless()) {
      byte[] label = record.label();
      if (label.length == 0) {
        label = new byte[DashedAddress.MAX_LABEL];
        int length =
            DashedAddress.format(address.isV4(), address.highBits(), address.lowBits(), label, 0);
        label = Arrays.copyOf(label, length);
      }
      server = new Server(label, entry.suffix(), EntryBuilder.addressesOf(List.of(address)));
    }
    for (Server other : servers) {
      if (other.isSameAs(server)) {
        return;
      }
    }
    servers.add(server);
  }
}
