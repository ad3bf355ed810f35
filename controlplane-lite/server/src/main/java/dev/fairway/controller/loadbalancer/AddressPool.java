// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.loadbalancer;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that may be given out: CIDRs and single addresses of both families, in order. In an
 * IPv4 block of more than two addresses the first and the last (network and broadcast) are left
 * out. Immutable.
 */
public final class AddressPool {
  private record Block(boolean v6, BigInteger first, BigInteger last) {
    boolean contains(boolean otherV6, BigInteger address) {
      return v6 == otherV6 && address.compareTo(first) >= 0 && address.compareTo(last) <= 0;
    }
  }

  private final List<Block> blocks = new ArrayList<>();

  /**
   * A pool.
   *
   * @throws IllegalArgumentException for text that is neither a CIDR nor an address
   */
  public AddressPool(List<String> cidrs) {
    for (String cidr : cidrs) {
      blocks.add(parseBlock(cidr.strip()));
    }
  }

  /** Whether there are addresses of this family ("IPv4" or "IPv6"). */
  boolean hasFamily(String family) {
    return blocks.stream().anyMatch(b -> b.v6() == family.equals("IPv6"));
  }

  /** Whether the pool may give out this address. */
  public boolean contains(String address) {
    return canonical(address) != null;
  }

  /** The address in its canonical text if it belongs to the pool, else null. */
  @Nullable String canonical(String address) {
    byte[] bytes = parse(address);
    if (bytes == null) {
      return null;
    }
    BigInteger value = new BigInteger(1, bytes);
    boolean v6 = bytes.length == 16;
    return blocks.stream().anyMatch(b -> b.contains(v6, value)) ? text(value, v6) : null;
  }

  /** The family of an address of the pool. */
  static String family(String address) {
    return address.indexOf(':') >= 0 ? "IPv6" : "IPv4";
  }

  /** The first address of a family that is not taken, or null. */
  @Nullable String firstFree(String family, Set<String> taken) {
    boolean v6 = family.equals("IPv6");
    for (Block block : blocks) {
      if (block.v6() != v6) {
        continue;
      }
      // At most one candidate per taken address is in vain.
      BigInteger candidate = block.first();
      for (int tries = 0; tries <= taken.size(); tries++) {
        if (candidate.compareTo(block.last()) > 0) {
          break;
        }
        String text = text(candidate, v6);
        if (!taken.contains(text)) {
          return text;
        }
        candidate = candidate.add(BigInteger.ONE);
      }
    }
    return null;
  }

  private static Block parseBlock(String cidr) {
    int slash = cidr.indexOf('/');
    byte[] bytes = parse(slash < 0 ? cidr : cidr.substring(0, slash));
    if (bytes == null) {
      throw new IllegalArgumentException("a CIDR or an address expected, got " + cidr);
    }
    int bits = bytes.length * 8;
    int prefix = slash < 0 ? bits : prefix(cidr, cidr.substring(slash + 1), bits);
    BigInteger size = BigInteger.ONE.shiftLeft(bits - prefix);
    BigInteger value = new BigInteger(1, bytes);
    BigInteger first = value.subtract(value.mod(size));
    BigInteger last = first.add(size).subtract(BigInteger.ONE);
    boolean v6 = bytes.length == 16;
    boolean hasEdges = size.compareTo(BigInteger.TWO) > 0;
    if (hasEdges) {
      first = first.add(BigInteger.ONE);
      last = v6 ? last : last.subtract(BigInteger.ONE);
    }
    return new Block(v6, first, last);
  }

  private static int prefix(String cidr, String text, int bits) {
    try {
      int prefix = Integer.parseInt(text);
      if (prefix >= 0 && prefix <= bits) {
        return prefix;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new IllegalArgumentException("a prefix length of 0.." + bits + " expected in " + cidr);
  }

  private static byte @Nullable [] parse(String address) {
    boolean literal =
        address.indexOf(':') >= 0
            ? address.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.')
            : address.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!literal) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(address).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String text(BigInteger value, boolean v6) {
    byte[] bytes = new byte[v6 ? 16 : 4];
    byte[] raw = value.toByteArray();
    int length = Math.min(raw.length, bytes.length);
    System.arraycopy(raw, raw.length - length, bytes, bytes.length - length, length);
    try {
      String text = InetAddress.getByAddress(bytes).getHostAddress();
      return v6 ? compressed(text) : text;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
    }
  }

  /** RFC 5952: the longest run of two and more zero groups becomes "::". */
  private static String compressed(String full) {
    String[] groups = full.split(":");
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end].equals("0")) {
        end++;
      }
      if (end - i > bestLength) {
        bestStart = i;
        bestLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    if (bestStart < 0) {
      return full;
    }
    String head = String.join(":", Arrays.copyOfRange(groups, 0, bestStart));
    String tail =
        String.join(":", Arrays.copyOfRange(groups, bestStart + bestLength, groups.length));
    return head + "::" + tail;
  }
}
