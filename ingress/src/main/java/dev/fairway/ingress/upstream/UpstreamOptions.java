// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.HttpLimits;
import java.time.Duration;

/**
 * Limits of the connections to endpoints.
 *
 * @param idleTimeout how long an unused connection is kept; a shorter {@code Keep-Alive: timeout}
 *     of the endpoint wins
 * @param maxIdlePerEndpoint unused connections kept per endpoint and event loop
 * @param limits sizes of response heads and trailers
 */
public record UpstreamOptions(Duration idleTimeout, int maxIdlePerEndpoint, HttpLimits limits) {
  /** 60 s idle, 128 idle connections. */
  public static final UpstreamOptions DEFAULT =
      new UpstreamOptions(Duration.ofSeconds(60), 128, HttpLimits.DEFAULT);
}
