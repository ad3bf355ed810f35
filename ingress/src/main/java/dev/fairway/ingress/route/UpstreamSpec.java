// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import org.jspecify.annotations.Nullable;

/**
 * A port of a Service with how it is talked to. Routes name it, live connections and state belong
 * to it: equal specs share them, whatever compilation made them.
 *
 * @param tls null for clear text
 */
public record UpstreamSpec(
    BackendPort port,
    BackendProtocol protocol,
    @Nullable BackendTls tls,
    Balancing balancing,
    UpstreamPolicy policy) {

  /** With the default policy. */
  public UpstreamSpec(
      BackendPort port, BackendProtocol protocol, @Nullable BackendTls tls, Balancing balancing) {
    this(port, protocol, tls, balancing, UpstreamPolicy.DEFAULT);
  }

  /** HTTP/1.1 in clear text, endpoints in turn. */
  public static UpstreamSpec plain(BackendPort port) {
    return new UpstreamSpec(port, BackendProtocol.HTTP1, null, Balancing.ROUND_ROBIN);
  }

  /** By the port alone: asked for with every request, and a port has rarely more than one spec. */
  @Override
  public int hashCode() {
    return port.hashCode();
  }

  @Override
  public String toString() {
    return port.toString();
  }
}
