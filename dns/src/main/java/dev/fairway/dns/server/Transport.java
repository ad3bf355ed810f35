// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

/** What carries a query and its response. */
public enum Transport {
  UDP(false, false, false),
  TCP(true, false, true),
  /** DNS over TLS, RFC 7858. */
  TLS(true, true, true),
  /** DNS over HTTP/1.1 or HTTP/2, RFC 8484. */
  HTTPS(false, true, true),
  /** DNS over HTTP/3, RFC 8484. */
  HTTP3(false, true, false),
  /** DNS over dedicated QUIC connections, RFC 9250. */
  QUIC(false, true, false);

  private final boolean stream;
  private final boolean encrypted;
  private final boolean tcp;

  Transport(boolean stream, boolean encrypted, boolean tcp) {
    this.stream = stream;
    this.encrypted = encrypted;
    this.tcp = tcp;
  }

  /** Whether messages follow each other on one stream, for which EDNS keepalive is meant. */
  public boolean isStream() {
    return stream;
  }

  /** Whether nobody on the way can read along; only then padding makes sense. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /** Whether the packets are those of TCP, else of UDP. */
  public boolean isTcp() {
    return tcp;
  }
}
