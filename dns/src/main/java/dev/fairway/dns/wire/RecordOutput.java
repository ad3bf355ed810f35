// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Puts records into a message, one behind the other; whoever calls has looked whether there is
 * room. Does not allocate. Confined to one event loop.
 */
final class RecordOutput {
  /** Octets of an owner that is a pointer, type, class, TTL and the length of the data. */
  static final int HEAD = 12;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] out;
  private int pos;

  RecordOutput(byte[] out) {
    this.out = out;
  }

  /** The offset of what comes next. */
  int position() {
    return pos;
  }

  void position(int offset) {
    pos = offset;
  }

  /** Owner, a pointer, and the other fields before the data. */
  void head(int owner, int type, int ttl, int rdataLength) {
    int16(owner);
    fields(type, ttl, rdataLength);
  }

  /** The fields between the owner and the data. */
  void fields(int type, int ttl, int rdataLength) {
    SHORT.set(out, pos, (short) type);
    SHORT.set(out, pos + 2, (short) RecordType.CLASS_IN);
    INT.set(out, pos + 4, ttl);
    SHORT.set(out, pos + 8, (short) rdataLength);
    pos += 10;
  }

  /** A whole A record. */
  void a(int owner, int ttl, int address) {
    LONG.set(out, pos, ((long) owner << 48) | 0x0000_0001_0001_0000L | (ttl >>> 16));
    LONG.set(
        out, pos + 8, ((long) (ttl & 0xffff) << 48) | 0x4_0000_0000L | (address & 0xffffffffL));
    pos += 16;
  }

  /** A whole AAAA record. */
  void aaaa(int owner, int ttl, long high, long low) {
    LONG.set(out, pos, ((long) owner << 48) | 0x0000_001c_0001_0000L | (ttl >>> 16));
    INT.set(out, pos + 8, (ttl << 16) | 16);
    LONG.set(out, pos + 12, high);
    LONG.set(out, pos + 20, low);
    pos += 28;
  }

  void int16(int value) {
    SHORT.set(out, pos, (short) value);
    pos += 2;
  }

  void int32(int value) {
    INT.set(out, pos, value);
    pos += 4;
  }

  void int64(long value) {
    LONG.set(out, pos, value);
    pos += 8;
  }

  void bytes(byte[] octets) {
    bytes(octets, 0, octets.length);
  }

  void bytes(byte[] octets, int from, int to) {
    System.arraycopy(octets, from, out, pos, to - from);
    pos += to - from;
  }

  /** One string of a TXT or HINFO record, of at most 255 octets. */
  void string(byte[] octets) {
    out[pos++] = (byte) octets.length;
    bytes(octets);
  }

  /** The name of a zone, in its letter case or as it stands in the question from an offset on. */
  void zone(WireName zone, Query query, int from) {
    if (from < 0) {
      zone.copyTail(0, out, pos);
    } else {
      query.copyNameTail(from, out, pos);
    }
    pos += zone.length();
  }
}
