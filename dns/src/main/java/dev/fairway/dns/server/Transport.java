// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.Channel;

/** What carries a query and its response. */
public enum Transport {
  UDP(false, false, Channel.UDP),
  TCP(true, false, Channel.TCP),
  /** DNS over TLS, RFC 7858. */
  TLS(true, true, Channel.TLS),
  /** DNS over HTTP/1.1 or HTTP/2, RFC 8484. */
  HTTPS(false, true, Channel.HTTPS),
  /** DNS over HTTP/3, RFC 8484. */
  HTTP3(false, true, Channel.HTTP3),
  /** DNS over dedicated QUIC connections, RFC 9250. */
  QUIC(false, true, Channel.QUIC);

  private final boolean stream;
  private final boolean encrypted;
  private final Channel channel;

  Transport(boolean stream, boolean encrypted, Channel channel) {
    this.stream = stream;
    this.encrypted = encrypted;
    this.channel = channel;
  }

  /** Whether messages follow each other on one stream, for which EDNS keepalive is meant. */
  public boolean isStream() {
    return stream;
  }

  /** Whether nobody on the way can read along; only then padding makes sense. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /** What counters call it. */
  Channel channel() {
    return channel;
  }
}
