// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/**
 * Addresses written as one label, {@code 10-0-0-1} or {@code 5678-abcd--1}: names of pods and of
 * endpoints without hostname. An IPv4 address has a high part of 0 and a low part that fits 32
 * bits. Refilled by {@link #parse}; confined to one thread.
 */
public final class DashedAddress {
  /** The longest label: eight groups of four digits with dashes, and its length octet. */
  public static final int MAX_LABEL = 40;

  private static final byte[] HEX =
      "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private boolean v4;
  private long high;
  private long low;

  /** Whether the parsed address is IPv4. */
  public boolean isV4() {
    return v4;
  }

  /** Upper 64 bits of the parsed address, 0 for IPv4. */
  public long high() {
    return high;
  }

  /** Lower 64 bits of the parsed address; for IPv4 the address in the lower 32. */
  public long low() {
    return low;
  }

  /** Reads label {@code i} of a name; false when it is not an address. */
  public boolean parse(WireName name, int i) {
    int from = name.labelAt(i) + 1;
    int to = from + name.labelLength(i);
    int dashes = 0;
    boolean gap = false;
    for (int at = from; at < to; at++) {
      if (name.at(at) == '-') {
        dashes++;
        gap |= at + 1 < to && name.at(at + 1) == '-';
      }
    }
    v4 = dashes == 3 && !gap;
    return v4 ? parseV4(name, from, to) : parseV6(name, from, to);
  }

  private boolean parseV4(WireName name, int from, int to) {
    long bits = 0;
    int value = -1;
    for (int at = from; at <= to; at++) {
      byte c = at == to ? (byte) '-' : name.at(at);
      if (c == '-') {
        if (value < 0) {
          return false;
        }
        bits = bits << 8 | value;
        value = -1;
      } else if (c >= '0' && c <= '9') {
        value = Math.max(value, 0) * 10 + (c - '0');
        if (value > 255) {
          return false;
        }
      } else {
        return false;
      }
    }
    high = 0;
    low = bits;
    return true;
  }

  private boolean parseV6(WireName name, int from, int to) {
    long headHigh = 0;
    long headLow = 0;
    int groups = 0;
    int gapAfter = -1;
    int at = from;
    if (at + 1 < to && name.at(at) == '-' && name.at(at + 1) == '-') {
      gapAfter = 0;
      at += 2;
    }
    while (at < to) {
      int value = 0;
      int digits = 0;
      while (at < to && name.at(at) != '-') {
        int digit = Character.digit(name.at(at), 16);
        if (digit < 0 || ++digits > 4) {
          return false;
        }
        value = value << 4 | digit;
        at++;
      }
      if (digits == 0 || ++groups > 8) {
        return false;
      }
      headHigh = headHigh << 16 | headLow >>> 48;
      headLow = headLow << 16 | value;
      if (at == to) {
        break;
      }
      at++;
      if (at == to) {
        return false;
      }
      if (name.at(at) == '-') {
        if (gapAfter >= 0) {
          return false;
        }
        gapAfter = groups;
        at++;
      }
    }
    return gapAfter < 0
        ? groups == 8 && set(headHigh, headLow)
        : widen(headHigh, headLow, groups, gapAfter);
  }

  /** Moves the groups before the gap to the top. */
  private boolean widen(long groupsHigh, long groupsLow, int groups, int gapAfter) {
    if (groups > 7) {
      return false;
    }
    long outHigh = 0;
    long outLow = 0;
    for (int g = 0; g < 8; g++) {
      int source = g < gapAfter ? g : g - (8 - groups);
      long value =
          g >= gapAfter && source < gapAfter ? 0 : group(groupsHigh, groupsLow, groups, source);
      outHigh = outHigh << 16 | outLow >>> 48;
      outLow = outLow << 16 | value;
    }
    return set(outHigh, outLow);
  }

  private static long group(long high, long low, int groups, int index) {
    int fromEnd = groups - 1 - index;
    return (fromEnd < 4 ? low >>> (16 * fromEnd) : high >>> (16 * (fromEnd - 4))) & 0xffff;
  }

  private boolean set(long newHigh, long newLow) {
    high = newHigh;
    low = newLow;
    return true;
  }

  /**
   * Writes the label of an address with its length octet, IPv6 in the short form of RFC 5952; a
   * label must not end with a dash, so {@code 6666::} becomes {@code 6666--0}.
   *
   * @return the octets written, at most {@link #MAX_LABEL}
   */
  public static int format(boolean v4, long high, long low, byte[] out, int at) {
    int end = v4 ? formatV4((int) low, out, at + 1) : formatV6(high, low, out, at + 1);
    out[at] = (byte) (end - at - 1);
    return end - at;
  }

  private static int formatV4(int bits, byte[] out, int from) {
    int at = from;
    for (int shift = 24; shift >= 0; shift -= 8) {
      int octet = bits >>> shift & 255;
      if (octet >= 100) {
        out[at++] = (byte) ('0' + octet / 100);
      }
      if (octet >= 10) {
        out[at++] = (byte) ('0' + octet / 10 % 10);
      }
      out[at++] = (byte) ('0' + octet % 10);
      if (shift > 0) {
        out[at++] = '-';
      }
    }
    return at;
  }

  private static int formatV6(long high, long low, byte[] out, int from) {
    int gapStart = -1;
    int gapLength = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(high, low, 8, i + run) == 0) {
        run++;
      }
      if (run > gapLength) {
        gapStart = i;
        gapLength = run;
      }
      i += run;
    }
    int at = from;
    for (int i = 0; i < 8; i++) {
      if (i == gapStart) {
        out[at++] = '-';
        out[at++] = '-';
        i += gapLength - 1;
        continue;
      }
      if (i > 0 && (gapStart < 0 || i != gapStart + gapLength)) {
        out[at++] = '-';
      }
      int group = (int) group(high, low, 8, i);
      boolean started = false;
      for (int shift = 12; shift >= 0; shift -= 4) {
        int digit = group >>> shift & 15;
        started |= digit != 0 || shift == 0;
        if (started) {
          out[at++] = HEX[digit];
        }
      }
    }
    if (out[at - 1] == '-') {
      out[at++] = '0';
    }
    return at;
  }
}
