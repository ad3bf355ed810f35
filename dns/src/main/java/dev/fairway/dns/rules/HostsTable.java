// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.RecordBytes;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and addresses as a hosts file lists them. Immutable. */
final class HostsTable {
  /** Nothing. */
  static final HostsTable EMPTY = new HostsTable(Map.of(), Map.of(), 0);

  private static final int MAX_NAMES = 1_000_000;

  private final Map<String, List<IpAddress>> addresses;
  private final Map<String, List<String>> names;
  private final int entries;

  private HostsTable(
      Map<String, List<IpAddress>> addresses, Map<String, List<String>> names, int entries) {
    this.addresses = addresses;
    this.names = names;
    this.entries = entries;
  }

  /**
   * Reads the text of a hosts file; lines that cannot be read are left out.
   *
   * @param reverse whether addresses lead to names too
   */
  static HostsTable parse(List<String> texts, boolean reverse) {
    Map<String, List<IpAddress>> addresses = new HashMap<>();
    Map<String, List<String>> names = new LinkedHashMap<>();
    int entries = 0;
    for (String text : texts) {
      for (String line : text.lines().toList()) {
        int hash = line.indexOf('#');
        String[] words = (hash < 0 ? line : line.substring(0, hash)).strip().split("\\s+");
        int zone = words[0].indexOf('%');
        IpAddress address = IpAddress.tryParse(zone < 0 ? words[0] : words[0].substring(0, zone));
        for (int i = 1; address != null && i < words.length && entries < MAX_NAMES; i++) {
          WireName name = WireName.parse(words[i]);
          if (name != null) {
            entries++;
            add(addresses, name.toString(), address);
            if (reverse && !words[i].startsWith("*")) {
              add(names, reverseName(address), name.toString());
            }
          }
        }
      }
    }
    return new HostsTable(addresses, names, entries);
  }

  private static <T> void add(Map<String, List<T>> map, String key, T value) {
    List<T> values = map.computeIfAbsent(key, k -> new ArrayList<>(1));
    if (!values.contains(value)) {
      values.add(value);
    }
  }

  private static String reverseName(IpAddress address) {
    byte[] bytes = address.toBytes();
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (address.isV4()) {
        name.append(bytes[i] & 0xff).append('.');
      } else {
        name.append(Character.forDigit(bytes[i] & 15, 16)).append('.');
        name.append(Character.forDigit((bytes[i] >> 4) & 15, 16)).append('.');
      }
    }
    return name.append(address.isV4() ? "in-addr.arpa." : "ip6.arpa.").toString();
  }

  int entries() {
    return entries;
  }

  /** The addresses of a name, or else of {@code *} in its place; null for an unknown name. */
  @Nullable List<IpAddress> addresses(String name) {
    List<IpAddress> found = addresses.get(name);
    if (found == null) {
      int dot = name.indexOf('.');
      found = dot < 0 ? null : addresses.get("*" + name.substring(dot));
    }
    return found;
  }

  /** The names of a reverse name, null for none. */
  @Nullable List<String> names(String reverseName) {
    return names.get(reverseName);
  }

  /** A whole PTR record. */
  static byte[] ptr(WireName owner, int ttl, String target) {
    return new RecordBytes()
        .name(owner)
        .head(RecordType.PTR, ttl)
        .name(WireName.of(target))
        .toBytes();
  }
}
