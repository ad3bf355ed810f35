// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

/** Reads how many spans an ExportTraceServiceResponse says were not kept. */
final class PartialSuccess {
  private final byte[] data;
  private final int end;
  private int at;

  private PartialSuccess(byte[] data, int from, int end) {
    this.data = data;
    this.at = from;
    this.end = end;
  }

  /** The count; 0 where the response says nothing of it, or is none. */
  static long rejected(byte[] response) {
    PartialSuccess outer = new PartialSuccess(response, 0, response.length);
    long size = outer.find(1);
    if (size <= 0 || size > outer.end - outer.at) {
      return 0;
    }
    long count = new PartialSuccess(response, outer.at, (int) (outer.at + size)).find(1);
    return Math.max(0, count);
  }

  /** The number, or the length, of the first field with a number; -1 without one. */
  private long find(int field) {
    while (at < end) {
      long tag = varint();
      long value = tag < 0 ? -1 : value((int) tag & 7);
      if (value < 0 || tag >>> 3 == field) {
        return value;
      }
      if ((tag & 7) == 2) {
        at = (int) Math.min(end, at + value);
      }
    }
    return -1;
  }

  private long value(int type) {
    return switch (type) {
      case 0, 2 -> varint();
      case 1 -> skip(Long.BYTES);
      case 5 -> skip(Integer.BYTES);
      default -> -1;
    };
  }

  private long skip(int bytes) {
    at += bytes;
    return 0;
  }

  /** A number, or -1 where it is cut off or of no use. */
  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && at < end; shift += 7) {
      byte next = data[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return -1;
  }
}
