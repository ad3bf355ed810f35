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
 * @param session what the TLS handshake agreed on; null without TLS
 */
public record Client(
    String address, boolean trusted, boolean tls, int port, @Nullable TlsSession session) {
  /** A client before, or without, a TLS handshake. */
  public Client(String address, boolean trusted, boolean tls, int port) {
    this(address, trusted, tls, port, null);
  }

  /** The same client after its handshake. */
  public Client withSession(TlsSession agreed) {
    return new Client(address, trusted, true, port, agreed);
  }

  /** https or http. */
  public String scheme() {
    return tls ? "https" : "http";
  }
}
