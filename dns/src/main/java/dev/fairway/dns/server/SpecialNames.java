// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Answers {@linkplain LocalName names} that must not leave this machine. Immutable. */
final class SpecialNames {
  /** {@link #answer} leaves the name to others. */
  static final int NOT_SPECIAL = -1;

  private static final WireName LOCALHOST = WireName.of("localhost.");
  private static final WireName RESOLVER = WireName.of("resolver.arpa.");
  private static final WireName ARPA = WireName.of("arpa.");
  private static final int LOOPBACK_V4 = 0x7f000001;
  private static final int TTL = 3600;

  private final Set<LocalName> names;
  private final WireName[] nowhere;
  private final WireName[] reverse;
  private final List<byte[]> designated;

  SpecialNames(ServerOptions options) {
    this.names = options.localNames();
    this.designated = options.designated() == null ? List.of() : options.designated().records();
    List<WireName> empty = new ArrayList<>();
    add(LocalName.INVALID, "invalid.", empty);
    add(LocalName.ONION, "onion.", empty);
    add(LocalName.HOME_ARPA, "home.arpa.", empty);
    add(LocalName.TEST, "test.", empty);
    this.nowhere = empty.toArray(WireName[]::new);
    this.reverse = names.contains(LocalName.PRIVATE_REVERSE) ? privateReverse() : new WireName[0];
  }

  private void add(LocalName name, String text, List<WireName> to) {
    if (names.contains(name)) {
      to.add(WireName.of(text));
    }
  }

  /** The zones of RFC 6303 4, of RFC 7793, and that of the link-local addresses. */
  private static WireName[] privateReverse() {
    List<String> zones =
        new ArrayList<>(
            List.of("0", "10", "127", "254.169", "2.0.192", "100.51.198", "113.0.203", "168.192"));
    zones.add("255.255.255.255");
    for (int i = 16; i < 32; i++) {
      zones.add(i + ".172");
    }
    for (int i = 64; i < 128; i++) {
      zones.add(i + ".100");
    }
    List<WireName> names = new ArrayList<>();
    zones.forEach(zone -> names.add(WireName.of(zone + ".in-addr.arpa.")));
    for (String zone : new String[] {"d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f"}) {
      names.add(WireName.of(zone + ".ip6.arpa."));
    }
    names.add(WireName.of("8.b.d.0.1.0.0.2.ip6.arpa."));
    names.add(WireName.of("0." + "0.".repeat(31) + "ip6.arpa."));
    names.add(WireName.of("1." + "0.".repeat(31) + "ip6.arpa."));
    return names.toArray(WireName[]::new);
  }

  /** Writes the answer and returns its code, or {@link #NOT_SPECIAL}. */
  int answer(Query query, ResponseWriter out) {
    WireName name = query.name();
    if (names.contains(LocalName.LOCALHOST) && name.labelsBefore(LOCALHOST) >= 0) {
      if (query.type() == RecordType.A) {
        out.answerA(ResponseWriter.QUESTION, TTL, LOOPBACK_V4);
      } else if (query.type() == RecordType.AAAA) {
        out.answerAaaa(ResponseWriter.QUESTION, TTL, 0, 1);
      }
      return Rcode.NOERROR;
    }
    if (names.contains(LocalName.RESOLVER_ARPA) && name.labelsBefore(RESOLVER) >= 0) {
      return resolver(query, out);
    }
    if (isBelow(name, nowhere)
        || (reverse.length > 0 && name.labelsBefore(ARPA) > 0 && isBelow(name, reverse))) {
      return Rcode.NXDOMAIN;
    }
    return NOT_SPECIAL;
  }

  private static boolean isBelow(WireName name, WireName[] zones) {
    for (WireName zone : zones) {
      if (name.labelsBefore(zone) >= 0) {
        return true;
      }
    }
    return false;
  }

  private int resolver(Query query, ResponseWriter out) {
    if (query.name().labelsBefore(DesignatedResolver.OWNER) == 0) {
      for (byte[] record : designated) {
        if (query.type() == RecordType.SVCB && !out.answerRecord(record)) {
          break;
        }
      }
      return Rcode.NOERROR;
    }
    return query.name().labelsBefore(RESOLVER) == 0 ? Rcode.NOERROR : Rcode.NXDOMAIN;
  }
}
