// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;

/** Names that must not leave this machine: RFC 6761 (localhost, invalid) and RFC 7686 (onion). */
final class SpecialNames {
  /** {@link #answer} leaves the name to others. */
  static final int NOT_SPECIAL = -1;

  private static final WireName LOCALHOST = WireName.of("localhost.");
  private static final WireName INVALID = WireName.of("invalid.");
  private static final WireName ONION = WireName.of("onion.");
  private static final int LOOPBACK_V4 = 0x7f000001;
  private static final int TTL = 3600;

  private SpecialNames() {}

  /** Writes the answer and returns its code, or {@link #NOT_SPECIAL}. */
  static int answer(Query query, ResponseWriter out) {
    WireName name = query.name();
    if (name.labelsBefore(LOCALHOST) >= 0) {
      if (query.type() == RecordType.A) {
        out.answerA(ResponseWriter.QUESTION, TTL, LOOPBACK_V4);
      } else if (query.type() == RecordType.AAAA) {
        out.answerAaaa(ResponseWriter.QUESTION, TTL, 0, 1);
      }
      return Rcode.NOERROR;
    }
    boolean nowhere = name.labelsBefore(INVALID) >= 0 || name.labelsBefore(ONION) >= 0;
    return nowhere ? Rcode.NXDOMAIN : NOT_SPECIAL;
  }
}
