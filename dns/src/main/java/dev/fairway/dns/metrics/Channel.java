// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

/** What queries come over, in the words of CoreDNS's metrics. */
public enum Channel {
  UDP("dns", "udp", 53),
  TCP("dns", "tcp", 53),
  TLS("tls", "tcp", 853),
  HTTPS("https", "tcp", 443),
  HTTP3("https3", "udp", 443),
  QUIC("quic", "udp", 853);

  private final String scheme;
  private final String protocol;
  private final int port;

  Channel(String scheme, String protocol, int port) {
    this.scheme = scheme;
    this.protocol = protocol;
    this.port = port;
  }

  String scheme() {
    return scheme;
  }

  /** The label {@code proto}. */
  String protocol() {
    return protocol;
  }

  /** The usual port. */
  int port() {
    return port;
  }
}
