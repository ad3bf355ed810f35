// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * The peer of a downstream connection.
 *
 * @param address IP address in text form
 * @param trusted whether its X-Forwarded fields are believed
 * @param tls whether the connection is encrypted
 * @param port the port of ours that it connected to
 */
public record Client(String address, boolean trusted, boolean tls, int port) {
  /** https or http. */
  public String scheme() {
    return tls ? "https" : "http";
  }
}
