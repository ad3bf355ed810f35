// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import java.time.Duration;

/**
 * Limits of streams.
 *
 * @param attempts endpoints that are tried for one connection
 * @param connectTimeout how long one may take to accept it
 * @param idle silence of both sides after which a connection is closed
 * @param udpIdle silence after which the answers to a client's datagrams are no longer passed on
 * @param udpFlows clients of one UDP port at a time
 */
public record StreamLimits(
    int attempts, Duration connectTimeout, Duration idle, Duration udpIdle, int udpFlows) {
  /** Three endpoints, 5 s each; an hour of silence; a minute for datagrams of 16,384 clients. */
  public static final StreamLimits DEFAULT =
      new StreamLimits(
          3, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofMinutes(1), 16_384);
}
