// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes a protobuf message; messages within it are written in place. Not thread-safe. */
final class ProtoWriter {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int MAX_VARINT = 10;

  private byte[] data;
  private int used;

  ProtoWriter(int room) {
    data = new byte[room];
  }

  /** Begins a message within this one; what is written until {@link #end} is part of it. */
  int begin(int field) {
    tag(field, BYTES);
    return used;
  }

  /**
   * Ends a message.
   *
   * @param begun what {@link #begin} gave
   */
  void end(int begun) {
    int length = used - begun;
    int prefix = varintBytes(length);
    ensure(prefix);
    System.arraycopy(data, begun, data, begun + prefix, length);
    used = begun;
    varint(length);
    used += length;
  }

  void text(int field, String value) {
    bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int field, byte[] value) {
    tag(field, BYTES);
    varint(value.length);
    raw(value);
  }

  void number(int field, long value) {
    tag(field, VARINT);
    varint(value);
  }

  void fixed64(int field, long value) {
    tag(field, FIXED64);
    little(value, Long.BYTES);
  }

  void fixed32(int field, int value) {
    tag(field, FIXED32);
    little(value, Integer.BYTES);
  }

  /** Eight or sixteen bytes, the highest first. */
  void id(int field, long... parts) {
    tag(field, BYTES);
    varint((long) parts.length * Long.BYTES);
    ensure(parts.length * Long.BYTES);
    for (long part : parts) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        data[used++] = (byte) (part >>> shift);
      }
    }
  }

  /** Bytes that are fields already. */
  void raw(byte[] fields) {
    ensure(fields.length);
    System.arraycopy(fields, 0, data, used, fields.length);
    used += fields.length;
  }

  byte[] toBytes() {
    return Arrays.copyOf(data, used);
  }

  private void tag(int field, int type) {
    varint(((long) field << 3) | type);
  }

  private void varint(long value) {
    ensure(MAX_VARINT);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      data[used++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    data[used++] = (byte) rest;
  }

  private static int varintBytes(long value) {
    return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
  }

  private void little(long value, int bytes) {
    ensure(bytes);
    for (int i = 0; i < bytes; i++) {
      data[used++] = (byte) (value >>> (8 * i));
    }
  }

  private void ensure(int more) {
    if (used + more > data.length) {
      data = Arrays.copyOf(data, Math.max(used + more, 2 * data.length));
    }
  }
}
