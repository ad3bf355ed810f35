// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Copies records of an upstream's response into another message. They stand at the same places
 * there, so that compression goes on working. Does not allocate.
 */
final class ForeignRecords {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private ForeignRecords() {}

  /** How many of the records have room in so many octets. */
  static int fit(UpstreamMessage message, int room) {
    int fit = message.records();
    while (fit > 0 && message.recordTo(fit - 1) - message.questionEnd() > room) {
      fit--;
    }
    return fit;
  }

  /**
   * Copies the first {@code count} records. The addresses of the answer take turns: the one that is
   * number {@code rotation} stands first.
   *
   * @return the offset after them
   */
  static int copy(UpstreamMessage message, int count, int rotation, byte[] out, int pos) {
    int start = message.questionEnd();
    byte[] from = message.bytes();
    System.arraycopy(from, start, out, pos, message.recordTo(count - 1) - start);
    int first = message.firstAddressAt();
    int addresses = message.answers() - first;
    int shift = addresses > 1 ? Math.floorMod(rotation, addresses) : 0;
    if (shift > 0) {
      int size = message.recordTo(first) - message.recordFrom(first);
      int at = message.recordFrom(first) - start + pos;
      for (int i = first; i < Math.min(count, message.answers()); i++) {
        int source = first + (i - first + shift) % addresses;
        System.arraycopy(from, message.recordFrom(source), out, at, size);
        at += size;
      }
    }
    return message.recordTo(count - 1) - start + pos;
  }

  /**
   * Takes the age off the TTLs of records that were copied.
   *
   * @param end the offset after them
   */
  static void age(
      UpstreamMessage message, int count, long age, long minTtl, long maxTtl, byte[] out, int end) {
    int shift = end - message.recordTo(count - 1);
    for (int i = 0; i < count; i++) {
      int at = message.ttlAt(i) + shift;
      long ttl = UpstreamMessage.ttlOf(out, at) - age;
      INT.set(out, at, (int) Math.clamp(ttl, minTtl, maxTtl));
    }
  }
}
