// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An IP address literal as a number. Strict: no names, no octal or leading zeros.
 *
 * @param value the address as an unsigned number
 * @param v6 IPv6 if true
 */
record Ip(BigInteger value, boolean v6) {
  static final String INVALID = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

  /** Null if the text is not an IP address literal. */
  static @Nullable Ip parse(String text) {
    byte[] bytes = text.indexOf(':') >= 0 ? parse6(text) : parse4(text);
    return bytes == null ? null : new Ip(new BigInteger(1, bytes), bytes.length == 16);
  }

  /** What is wrong with a text that does not parse. */
  static String problem(String text) {
    boolean zeros =
        text.indexOf(':') < 0 && parse(text.replaceAll("(?<![0-9])0+(?=[0-9])", "")) != null;
    return zeros ? "must not have leading 0s" : INVALID;
  }

  private static byte @Nullable [] parse4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    byte[] out = new byte[4];
    for (int i = 0; i < 4; i++) {
      String part = parts[i];
      if (part.isEmpty()
          || part.length() > 3
          || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return null;
      }
      int number = Integer.parseInt(part);
      if (number > 255 || (part.length() > 1 && part.charAt(0) == '0')) {
        return null;
      }
      out[i] = (byte) number;
    }
    return out;
  }

  private static byte @Nullable [] parse6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return null;
    }
    byte[] head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    byte[] tail = gap < 0 ? new byte[0] : groups(text.substring(gap + 2), true);
    if (head == null || tail == null) {
      return null;
    }
    int length = head.length + tail.length;
    if (gap < 0 ? length != 16 : length > 14) {
      return null;
    }
    byte[] out = new byte[16];
    System.arraycopy(head, 0, out, 0, head.length);
    System.arraycopy(tail, 0, out, 16 - tail.length, tail.length);
    return out;
  }

  private static byte @Nullable [] groups(String text, boolean mayEndInV4) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] parts = text.split(":", -1);
    byte[] out = new byte[parts.length * 2 + 2];
    int length = 0;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (mayEndInV4 && i == parts.length - 1 && part.indexOf('.') >= 0) {
        byte[] v4 = parse4(part);
        if (v4 == null) {
          return null;
        }
        System.arraycopy(v4, 0, out, length, 4);
        return Arrays.copyOf(out, length + 4);
      }
      if (part.isEmpty()
          || part.length() > 4
          || !part.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
        return null;
      }
      int number = Integer.parseInt(part, 16);
      out[length++] = (byte) (number >> 8);
      out[length++] = (byte) number;
    }
    return Arrays.copyOf(out, length);
  }

  int bits() {
    return v6 ? 128 : 32;
  }

  String family() {
    return v6 ? "IPv6" : "IPv4";
  }

  boolean in(String cidr) {
    IpRange range = IpRange.parse(cidr);
    return range != null && range.contains(this);
  }

  byte[] toBytes() {
    byte[] raw = value.toByteArray();
    byte[] out = new byte[bits() / 8];
    int length = Math.min(raw.length, out.length);
    System.arraycopy(raw, raw.length - length, out, out.length - length, length);
    return out;
  }

  /** Canonical text; IPv6 as RFC 5952. */
  @Override
  public String toString() {
    if (v6) {
      return Rfc5952.format(toBytes());
    }
    try {
      return InetAddress.getByAddress(toBytes()).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The shortest text of an IPv6 address. */
  private static final class Rfc5952 {
    static String format(byte[] bytes) {
      int[] groups = new int[8];
      for (int i = 0; i < 8; i++) {
        groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
      }
      int bestStart = -1;
      int bestLength = 1;
      for (int i = 0; i < 8; i++) {
        int end = i;
        while (end < 8 && groups[end] == 0) {
          end++;
        }
        if (end - i > bestLength) {
          bestStart = i;
          bestLength = end - i;
        }
      }
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        if (i == bestStart) {
          out.append("::");
          i += bestLength - 1;
          continue;
        }
        if (!out.isEmpty() && out.charAt(out.length() - 1) != ':') {
          out.append(':');
        }
        out.append(Integer.toHexString(groups[i]));
      }
      return out.toString();
    }
  }
}
