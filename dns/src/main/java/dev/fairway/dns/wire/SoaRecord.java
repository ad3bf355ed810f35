// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/** The SOA of a zone of the cluster (RFC 1035 3.3.13), with the names and times of CoreDNS. */
public final class SoaRecord {
  private static final byte[] MNAME = {2, 'n', 's', 3, 'd', 'n', 's'};
  private static final byte[] RNAME = {10, 'h', 'o', 's', 't', 'm', 'a', 's', 't', 'e', 'r'};
  private static final int REFRESH = 7200;
  private static final int RETRY = 1800;
  private static final int EXPIRE = 86_400;
  private static final int RDATA = MNAME.length + 2 + RNAME.length + 2 + 20;

  /** Octets of a record whose names end with pointers. */
  static final int SIZE = RecordOutput.HEAD + RDATA;

  private SoaRecord() {}

  /**
   * A whole, uncompressed record.
   *
   * @param minimum seconds for which a missing name may be remembered (RFC 2308 4)
   */
  public static byte[] of(WireName zone, int ttl, int serial, int minimum) {
    return new RecordBytes()
        .name(zone)
        .head(RecordType.SOA, ttl)
        .name(MNAME, zone)
        .name(RNAME, zone)
        .int32(serial)
        .int32(REFRESH)
        .int32(RETRY)
        .int32(EXPIRE)
        .int32(minimum)
        .toBytes();
  }

  /** Puts a record of {@link #SIZE} octets; {@code zone} is a pointer to the zone's name. */
  static void put(RecordOutput out, int zone, int ttl, int serial, int minimum) {
    out.head(zone, RecordType.SOA, ttl, RDATA);
    out.bytes(MNAME);
    out.int16(zone);
    out.bytes(RNAME);
    out.int16(zone);
    out.int32(serial);
    out.int32(REFRESH);
    out.int32(RETRY);
    out.int32(EXPIRE);
    out.int32(minimum);
  }
}
