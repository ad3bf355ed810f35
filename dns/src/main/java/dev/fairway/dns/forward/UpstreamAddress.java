// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.net.InetSocketAddress;

/**
 * One upstream server.
 *
 * @param protocol how it is spoken to
 * @param address resolved
 * @param serverName the name its certificate must have, empty to check its address instead; unused
 *     without TLS
 */
public record UpstreamAddress(Protocol protocol, InetSocketAddress address, String serverName) {
  /** How an upstream is spoken to. */
  public enum Protocol {
    /** UDP, and TCP for what does not fit (RFC 1035, RFC 7766). */
    DNS,
    /** TLS on connections that are kept (RFC 7858). */
    TLS
  }

  public UpstreamAddress {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("an upstream is an address, not the name " + address);
    }
  }

  /** A server that speaks plain DNS. */
  public static UpstreamAddress of(InetSocketAddress address) {
    return new UpstreamAddress(Protocol.DNS, address, "");
  }

  /** As configuration files write it. */
  @Override
  public String toString() {
    String host = address.getAddress().getHostAddress();
    String text = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    return protocol == Protocol.DNS ? text : "tls://" + text;
  }
}
