// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import org.jspecify.annotations.Nullable;

/** An IPv4 or IPv6 address as a value. IPv4-mapped IPv6 addresses are IPv4 addresses. */
public final class IpAddress implements Comparable<IpAddress> {
  private final long high;
  private final long low;
  private final boolean v4;

  private IpAddress(long high, long low, boolean v4) {
    this.high = high;
    this.low = low;
    this.v4 = v4;
  }

  /** The IPv4 address with these bits, first octet in the highest byte. */
  public static IpAddress ofIpv4(int bits) {
    return new IpAddress(0, bits & 0xffff_ffffL, true);
  }

  /** The IPv6 address with these bits; a mapped IPv4 address becomes IPv4. */
  public static IpAddress ofIpv6(long high, long low) {
    if (high == 0 && low >>> 32 == 0xffffL) {
      return ofIpv4((int) low);
    }
    return new IpAddress(high, low, false);
  }

  /**
   * The address with these 4 or 16 bytes in network order.
   *
   * @throws IllegalArgumentException on any other length
   */
  public static IpAddress ofBytes(byte[] bytes) {
    if (bytes.length == 4) {
      return ofIpv4(
          (bytes[0] & 0xff) << 24
              | (bytes[1] & 0xff) << 16
              | (bytes[2] & 0xff) << 8
              | (bytes[3] & 0xff));
    }
    if (bytes.length != 16) {
      throw new IllegalArgumentException("an IP address has 4 or 16 bytes, not " + bytes.length);
    }
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      high = high << 8 | (bytes[i] & 0xff);
      low = low << 8 | (bytes[i + 8] & 0xff);
    }
    return ofIpv6(high, low);
  }

  /**
   * Reads an address as kube-proxy does: leading zeros of IPv4 octets are decimal, zones are not
   * accepted, names are not looked up.
   *
   * @throws IllegalArgumentException if the text is not an address
   */
  public static IpAddress parse(String text) {
    IpAddress address = tryParse(text);
    if (address == null) {
      throw new IllegalArgumentException("not an IP address: \"" + text + "\"");
    }
    return address;
  }

  /** As {@link #parse}, but null if the text is not an address. */
  public static @Nullable IpAddress tryParse(String text) {
    long ipv4 = parseIpv4(text, 0, text.length());
    if (ipv4 >= 0) {
      return ofIpv4((int) ipv4);
    }
    return text.indexOf(':') < 0 ? null : parseIpv6(text);
  }

  /** The 32 bits of the IPv4 address in text[from,to), or -1 if there is none. */
  static long parseIpv4(String text, int from, int to) {
    long bits = 0;
    int octets = 0;
    int at = from;
    while (octets < 4) {
      int value = 0;
      int start = at;
      while (at < to && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        value = value * 10 + (text.charAt(at) - '0');
        if (value > 255) {
          return -1;
        }
        at++;
      }
      if (at == start) {
        return -1;
      }
      bits = bits << 8 | value;
      octets++;
      if (octets < 4) {
        if (at >= to || text.charAt(at) != '.') {
          return -1;
        }
        at++;
      }
    }
    return at == to ? bits : -1;
  }

  private static @Nullable IpAddress parseIpv6(String text) {
    int[] groups = new int[8];
    int count = 0;
    int gap = -1;
    int at = 0;
    int end = text.length();
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < end) {
      if (count == 8) {
        return null;
      }
      int stop = text.indexOf(':', at);
      stop = stop < 0 ? end : stop;
      if (stop == end && text.indexOf('.', at) >= 0) {
        long ipv4 = parseIpv4(text, at, end);
        if (ipv4 < 0 || count > 6) {
          return null;
        }
        groups[count++] = (int) (ipv4 >>> 16);
        groups[count++] = (int) (ipv4 & 0xffff);
        at = end;
        break;
      }
      int group = hexGroup(text, at, stop);
      if (group < 0) {
        return null;
      }
      groups[count++] = group;
      at = stop;
      if (at < end) {
        at++;
        if (at == end) {
          return null;
        }
        if (text.charAt(at) == ':') {
          if (gap >= 0) {
            return null;
          }
          gap = count;
          at++;
        }
      }
    }
    return assemble(groups, count, gap);
  }

  private static @Nullable IpAddress assemble(int[] groups, int count, int gap) {
    if (gap < 0 ? count != 8 : count > 7) {
      return null;
    }
    int zeros = 8 - count;
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      int group;
      if (gap < 0 || i < gap) {
        group = groups[i];
      } else {
        group = i < gap + zeros ? 0 : groups[i - zeros];
      }
      if (i < 4) {
        high = high << 16 | group;
      } else {
        low = low << 16 | group;
      }
    }
    return ofIpv6(high, low);
  }

  private static int hexGroup(String text, int from, int to) {
    if (to == from || to - from > 4) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** Whether this is an IPv4 address. */
  public boolean isV4() {
    return v4;
  }

  /** The address family. */
  public IpFamily family() {
    return v4 ? IpFamily.IPV4 : IpFamily.IPV6;
  }

  /** The upper 64 bits, 0 for IPv4. */
  public long highBits() {
    return high;
  }

  /** The lower 64 bits; for IPv4 the address in the lower 32. */
  public long lowBits() {
    return low;
  }

  /** 4 or 16 bytes in network order. */
  public byte[] toBytes() {
    byte[] bytes = new byte[v4 ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      bytes[i] = (byte) (fromEnd < 8 ? low >>> (8 * fromEnd) : high >>> (8 * (fromEnd - 8)));
    }
    return bytes;
  }

  @Override
  public int compareTo(IpAddress other) {
    if (v4 != other.v4) {
      return v4 ? -1 : 1;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof IpAddress other
        && high == other.high
        && low == other.low
        && v4 == other.v4;
  }

  @Override
  public int hashCode() {
    long mixed = (high * 31 + low) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (mixed >>> 32);
  }

  /** Dotted decimal, or RFC 5952. */
  @Override
  public String toString() {
    if (v4) {
      return (low >>> 24) + "." + (low >>> 16 & 255) + "." + (low >>> 8 & 255) + "." + (low & 255);
    }
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int length = 0;
      while (i + length < 8 && group(i + length) == 0) {
        length++;
      }
      if (length > bestLength) {
        bestStart = i;
        bestLength = length;
      }
      i += length;
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
        continue;
      }
      if (i > 0 && (bestStart < 0 || i != bestStart + bestLength)) {
        text.append(':');
      }
      text.append(Integer.toHexString(group(i)));
    }
    return text.toString();
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (16 * (3 - (index & 3)))) & 0xffff;
  }
}
