// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/** For how long a response may be kept. */
public final class ResponseTtl {
  private ResponseTtl() {}

  /**
   * Seconds that a well-formed response may be kept (RFC 8484 5.1): the least TTL of its answers;
   * without answers what its SOA says (RFC 2308), else 0.
   */
  public static long of(byte[] response, int length) {
    int answers = Query.u16(response, 6);
    int records = answers > 0 ? answers : Query.u16(response, 8);
    long least = Long.MAX_VALUE;
    int at = Query.HEADER;
    if (Query.u16(response, 4) > 0) {
      at = Query.skipName(response, at, length) + 4;
    }
    for (int i = 0; i < records; i++) {
      at = Query.skipName(response, at, length);
      if (at < 0 || at + 10 > length) {
        return 0;
      }
      int end = at + 10 + Query.u16(response, at + 8);
      if (end > length) {
        return 0;
      }
      long ttl = UpstreamMessage.ttlOf(response, at + 4);
      if (answers > 0) {
        least = Math.min(least, ttl);
      } else if (Query.u16(response, at) == RecordType.SOA) {
        return Math.min(ttl, UpstreamMessage.ttlOf(response, end - 4));
      }
      at = end;
    }
    return answers > 0 ? least : 0;
  }
}
