// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.tls.TlsSession;
import org.jspecify.annotations.Nullable;

/**
 * The peer of a downstream connection.
 *
 * @param address IP address in text form
 * @param trusted whether its X-Forwarded fields are believed
 * @param tls whether the connection is encrypted
 * @param port the port of ours that it connected to
 * @param http the version of HTTP: 1, 2 or 3
 * @param session what the TLS handshake agreed on; null without TLS
 */
public record Client(
    String address,
    boolean trusted,
    boolean tls,
    int port,
    int http,
    @Nullable TlsSession session) {
  /** A client before, or without, a TLS handshake. */
  public Client(String address, boolean trusted, boolean tls, int port) {
    this(address, trusted, tls, port, 1, null);
  }

  /** The same client after its handshake. */
  public Client withSession(TlsSession agreed) {
    return new Client(address, trusted, true, port, http, agreed);
  }

  /** The same client with another version of HTTP. */
  public Client withHttp(int version) {
    return new Client(address, trusted, tls, port, version, session);
  }

  /** https or http. */
  public String scheme() {
    return tls ? "https" : "http";
  }
}
