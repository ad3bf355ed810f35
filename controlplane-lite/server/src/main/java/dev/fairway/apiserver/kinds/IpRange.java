// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A CIDR block.
 *
 * @param first its lowest address
 * @param prefix length of the network part
 */
record IpRange(Ip first, int prefix) {
  /** Null if the text is not a CIDR block. Bits after the prefix are ignored. */
  static @Nullable IpRange parse(String cidr) {
    int slash = cidr.indexOf('/');
    if (slash < 0) {
      return null;
    }
    Ip ip = Ip.parse(cidr.substring(0, slash));
    String length = cidr.substring(slash + 1);
    boolean digits =
        !length.isEmpty()
            && length.length() <= 3
            && length.chars().allMatch(c -> c >= '0' && c <= '9');
    if (ip == null || !digits || (length.length() > 1 && length.charAt(0) == '0')) {
      return null;
    }
    int prefix = Integer.parseInt(length);
    if (prefix > ip.bits()) {
      return null;
    }
    int host = ip.bits() - prefix;
    BigInteger network = ip.value().shiftRight(host).shiftLeft(host);
    return new IpRange(new Ip(network, ip.v6()), prefix);
  }

  BigInteger size() {
    return BigInteger.ONE.shiftLeft(first.bits() - prefix);
  }

  boolean contains(Ip ip) {
    if (ip.v6() != first.v6()) {
      return false;
    }
    BigInteger offset = ip.value().subtract(first.value());
    return offset.signum() >= 0 && offset.compareTo(size()) < 0;
  }

  Ip at(BigInteger offset) {
    return new Ip(first.value().add(offset), first.v6());
  }

  @Override
  public String toString() {
    return first + "/" + prefix;
  }
}
