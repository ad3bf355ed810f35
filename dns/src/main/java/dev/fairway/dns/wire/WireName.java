// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A domain name in wire form, folded to lower case (RFC 4343), with the place of each label.
 *
 * <p>Either a constant made by {@link #parse}, or a buffer that one thread refills with {@link
 * #read}; a buffer is confined to that thread.
 */
public final class WireName {
  /** Octets of the longest name, root label included (RFC 1035 2.3.4). */
  public static final int MAX_LENGTH = 255;

  private static final int MAX_LABELS = 127;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] folded;
  private final int[] labelAt;
  private int labels;
  private int length;

  /** A buffer for {@link #read}. */
  public WireName() {
    this(MAX_LENGTH, MAX_LABELS);
  }

  private WireName(int bytes, int labels) {
    this.folded = new byte[bytes];
    this.labelAt = new int[labels + 1];
  }

  /**
   * The name written as text, or null when it cannot be a name: an empty label, a label over 63 or
   * a name over 255 octets. The trailing dot is optional; escapes are not understood.
   */
  public static @Nullable WireName parse(String text) {
    byte[] wire = encode(text);
    if (wire == null) {
      return null;
    }
    WireName full = new WireName();
    if (full.read(wire, 0, wire.length) != wire.length) {
      return null;
    }
    WireName name = new WireName(full.length, full.labels);
    System.arraycopy(full.folded, 0, name.folded, 0, full.length);
    System.arraycopy(full.labelAt, 0, name.labelAt, 0, full.labels + 1);
    name.labels = full.labels;
    name.length = full.length;
    return name;
  }

  /** {@link #parse} for names that are known to be right. */
  public static WireName of(String text) {
    WireName name = parse(text);
    if (name == null) {
      throw new IllegalArgumentException("not a domain name: '" + text + "'");
    }
    return name;
  }

  /** The wire form of a name written as text, letter case kept; null when it cannot be a name. */
  public static byte @Nullable [] encode(String text) {
    byte[] chars = text.getBytes(StandardCharsets.ISO_8859_1);
    int end = chars.length;
    if (end > 0 && chars[end - 1] == '.') {
      end--;
    }
    if (end == 0) {
      return text.equals(".") ? new byte[1] : null;
    }
    if (end + 2 > MAX_LENGTH) {
      return null;
    }
    byte[] wire = new byte[end + 2];
    int start = 0;
    for (int i = 0; i <= end; i++) {
      if (i == end || chars[i] == '.') {
        int size = i - start;
        if (size == 0 || size > 63) {
          return null;
        }
        wire[start] = (byte) size;
        System.arraycopy(chars, start, wire, start + 1, size);
        start = i + 1;
      }
    }
    return wire;
  }

  /**
   * Reads an uncompressed name.
   *
   * @return the offset after the name, or -1 when it is malformed, compressed or goes past the end
   */
  public int read(byte[] message, int offset, int end) {
    int at = offset;
    int count = 0;
    while (at < end) {
      int size = message[at] & 0xff;
      int used = at - offset;
      if (size == 0) {
        folded[used] = 0;
        labelAt[count] = used;
        labels = count;
        length = used + 1;
        return at + 1;
      }
      // used + length byte + label + root must stay within the limit.
      if (size > 63 || used + size + 2 > MAX_LENGTH || at + size >= end) {
        return -1;
      }
      labelAt[count++] = used;
      folded[used] = (byte) size;
      for (int i = 1; i <= size; i++) {
        folded[used + i] = fold(message[at + i]);
      }
      at += size + 1;
    }
    return -1;
  }

  /** How many labels, the root not counted. */
  public int labels() {
    return labels;
  }

  /** Octets on the wire, the root label included. */
  public int length() {
    return length;
  }

  /** Offset of the length octet of label {@code i}; {@code i == labels()} is the root. */
  public int labelAt(int i) {
    return labelAt[i];
  }

  /** Octets of label {@code i} without its length octet. */
  public int labelLength(int i) {
    return folded[labelAt[i]];
  }

  /** The octet at an offset of the folded name. */
  public byte at(int offset) {
    return folded[offset];
  }

  /** How many labels stand before {@code zone}, or -1 when this name is not in it. */
  public int labelsBefore(WireName zone) {
    int before = labels - zone.labels;
    if (before < 0 || labelAt[before] != length - zone.length) {
      return -1;
    }
    return Arrays.equals(folded, labelAt[before], length, zone.folded, 0, zone.length)
        ? before
        : -1;
  }

  /**
   * Whether label {@code i}, length octet included, is {@code label} (folded, with length octet).
   */
  public boolean labelIs(int i, byte[] label) {
    int from = labelAt[i];
    return regionIs(from, from + 1 + folded[from], label);
  }

  /** Whether the octets from {@code from} to {@code to} are {@code bytes}. */
  public boolean regionIs(int from, int to, byte[] bytes) {
    return Arrays.equals(folded, from, to, bytes, 0, bytes.length);
  }

  /** Whether the octets from {@code from} to {@code to} are that part of {@code bytes}. */
  public boolean regionIs(int from, int to, byte[] bytes, int bytesFrom, int bytesTo) {
    return Arrays.equals(folded, from, to, bytes, bytesFrom, bytesTo);
  }

  /** Seeded hash of the octets from {@code from} to {@code to}. */
  public long hash(int from, int to, long seed) {
    return hash(folded, from, to, seed);
  }

  /** Copies the folded octets from {@code from} to the end of the name. */
  public void copyTail(int from, byte[] target, int targetAt) {
    System.arraycopy(folded, from, target, targetAt, length - from);
  }

  /** The folded wire form. */
  public byte[] toBytes() {
    return Arrays.copyOf(folded, length);
  }

  /**
   * A 64-bit hash that an outsider cannot aim at without the seed. Tables compare the octets too,
   * so a collision costs time, never a wrong answer.
   */
  public static long hash(byte[] bytes, int from, int to, long seed) {
    long h = seed ^ ((to - from) * 0x9E3779B97F4A7C15L);
    int i = from;
    for (; i + 8 <= to; i += 8) {
      h = mix(h ^ (long) LONG.get(bytes, i));
    }
    long tail = 0;
    for (; i < to; i++) {
      tail = (tail << 8) | (bytes[i] & 0xff);
    }
    return mix(mix(h ^ tail));
  }

  private static long mix(long x) {
    long y = (x ^ (x >>> 32)) * 0xD6E8FEB86659FD93L;
    return y ^ (y >>> 29);
  }

  /** ASCII lower case of one octet; other octets unchanged. */
  static byte fold(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }

  /** The name as text with a trailing dot; unprintable octets as {@code \ddd}. */
  @Override
  public String toString() {
    if (labels == 0) {
      return ".";
    }
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < labels; i++) {
      int from = labelAt[i];
      for (int j = 1; j <= folded[from]; j++) {
        int c = folded[from + j] & 0xff;
        if (c > 0x20 && c < 0x7f && c != '.' && c != '\\') {
          text.append((char) c);
        } else {
          text.append('\\').append((char) ('0' + c / 100));
          text.append((char) ('0' + c / 10 % 10)).append((char) ('0' + c % 10));
        }
      }
      text.append('.');
    }
    return text.toString();
  }
}
