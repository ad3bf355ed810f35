// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The address of the Service default/kubernetes. */
final class ServiceAddress {
  private ServiceAddress() {}

  /**
   * The first usable address of a range: its base plus one.
   *
   * @param cidr such as 10.96.0.0/16
   */
  static String first(String cidr) {
    int slash = cidr.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("service range: " + cidr + " (expected: address/prefix)");
    }
    try {
      byte[] address = InetAddress.getByName(cidr.substring(0, slash)).getAddress();
      address[address.length - 1]++;
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "service range: " + cidr + " (expected: address/prefix)", e);
    }
  }
}
