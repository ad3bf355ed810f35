// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import org.jspecify.annotations.Nullable;

/**
 * An address range in CIDR notation.
 *
 * @param address the network address, host bits zero
 * @param length bits of the network part
 */
public record IpPrefix(IpAddress address, int length) implements Comparable<IpPrefix> {
  public IpPrefix {
    int bits = address.isV4() ? 32 : 128;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException("prefix length " + length + " is not in 0.." + bits);
    }
    address = mask(address, length);
  }

  /**
   * Reads {@code address/length} with blanks around it; octets may have leading zeros.
   *
   * @throws IllegalArgumentException if the text is not a prefix
   */
  public static IpPrefix parse(String text) {
    IpPrefix prefix = tryParse(text);
    if (prefix == null) {
      throw new IllegalArgumentException("not a CIDR: \"" + text + "\"");
    }
    return prefix;
  }

  /** As {@link #parse}, but null if the text is not a prefix. */
  public static @Nullable IpPrefix tryParse(String text) {
    String trimmed = text.strip();
    int slash = trimmed.indexOf('/');
    if (slash < 0 || trimmed.length() - slash > 4) {
      return null;
    }
    IpAddress address = IpAddress.tryParse(trimmed.substring(0, slash));
    int length = decimal(trimmed, slash + 1);
    if (address == null || length < 0 || length > (address.isV4() ? 32 : 128)) {
      return null;
    }
    return new IpPrefix(address, length);
  }

  /** The range that holds this one address. */
  public static IpPrefix single(IpAddress address) {
    return new IpPrefix(address, address.isV4() ? 32 : 128);
  }

  /** The family of the range. */
  public IpFamily family() {
    return address.family();
  }

  /** Whether the range holds every address of its family. */
  public boolean isZero() {
    return length == 0;
  }

  /** Whether the address lies in the range; an address of the other family never does. */
  public boolean contains(IpAddress candidate) {
    if (candidate.isV4() != address.isV4()) {
      return false;
    }
    int upper = address.isV4() ? 0 : Math.min(length, 64);
    int lower = address.isV4() ? length + 32 : length - upper;
    return (upper == 0 || (candidate.highBits() ^ address.highBits()) >>> (64 - upper) == 0)
        && (lower == 0 || (candidate.lowBits() ^ address.lowBits()) >>> (64 - lower) == 0);
  }

  private static IpAddress mask(IpAddress address, int length) {
    if (address.isV4()) {
      return IpAddress.ofIpv4((int) address.lowBits() & (int) ones(length + 32));
    }
    return IpAddress.ofIpv6(
        address.highBits() & ones(Math.min(length, 64)),
        address.lowBits() & ones(Math.max(length - 64, 0)));
  }

  private static long ones(int count) {
    return count == 0 ? 0 : -1L << (64 - count);
  }

  private static int decimal(String text, int from) {
    int value = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return text.length() == from ? -1 : value;
  }

  @Override
  public int compareTo(IpPrefix other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
