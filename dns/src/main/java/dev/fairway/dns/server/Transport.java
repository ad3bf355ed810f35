// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

/** What carries a query and its response. */
public enum Transport {
  UDP(false, false, "udp"),
  TCP(true, false, "tcp"),
  /** DNS over TLS, RFC 7858. */
  TLS(true, true, "tcp"),
  /** DNS over HTTP/1.1 or HTTP/2, RFC 8484. */
  HTTPS(false, true, "tcp"),
  /** DNS over HTTP/3, RFC 8484. */
  HTTP3(false, true, "udp"),
  /** DNS over dedicated QUIC connections, RFC 9250. */
  QUIC(false, true, "udp");

  private final boolean stream;
  private final boolean encrypted;
  private final String protocol;

  Transport(boolean stream, boolean encrypted, String protocol) {
    this.stream = stream;
    this.encrypted = encrypted;
    this.protocol = protocol;
  }

  /** Whether messages follow each other on one stream, for which EDNS keepalive is meant. */
  public boolean isStream() {
    return stream;
  }

  /** Whether nobody on the way can read along; only then padding makes sense. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /** The protocol of the IP packets, {@code udp} or {@code tcp}, as metrics name it. */
  public String protocol() {
    return protocol;
  }
}
