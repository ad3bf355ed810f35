// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Addresses of the model as socket addresses and back. */
final class Addresses {
  private Addresses() {}

  static InetSocketAddress socketAddress(IpAddress address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes: " + address, e);
    }
  }

  static IpAddress ipAddress(InetSocketAddress address) {
    return IpAddress.ofBytes(address.getAddress().getAddress());
  }

  /** Whether it is in 127.0.0.0/8 or ::1. */
  static boolean isLoopback(IpAddress address) {
    return address.isV4()
        ? address.lowBits() >>> 24 == 127
        : address.highBits() == 0 && address.lowBits() == 1;
  }
}
