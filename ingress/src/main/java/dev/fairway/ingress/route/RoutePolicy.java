// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits of the requests of a route. Zero durations stand for no limit.
 *
 * @param requestTimeout from the head of a request to the head of its final response
 * @param attemptTimeout the same of a single attempt
 * @param connectTimeout how long a connection to an endpoint may take to open
 * @param sendTimeout how long an endpoint may take no bytes of a request
 * @param readTimeout how long an endpoint may stay silent while it owes a response
 * @param maxRequestBody bytes; -1 for no limit
 * @param responseRate how fast bodies of responses go, or null for no limit
 */
public record RoutePolicy(
    Duration requestTimeout,
    Duration attemptTimeout,
    Duration connectTimeout,
    Duration sendTimeout,
    Duration readTimeout,
    long maxRequestBody,
    RetryPolicy retries,
    @Nullable ResponseRate responseRate) {
  /** Without a limit of the rate of responses. */
  public RoutePolicy(
      Duration requestTimeout,
      Duration attemptTimeout,
      Duration connectTimeout,
      Duration sendTimeout,
      Duration readTimeout,
      long maxRequestBody,
      RetryPolicy retries) {
    this(
        requestTimeout,
        attemptTimeout,
        connectTimeout,
        sendTimeout,
        readTimeout,
        maxRequestBody,
        retries,
        null);
  }

  /** 5 s to connect, 60 s of silence, bodies of any size, no limit of the whole. */
  public static final RoutePolicy DEFAULT =
      new RoutePolicy(
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          -1,
          RetryPolicy.DEFAULT);

  /** With another limit of bodies. */
  public RoutePolicy withMaxRequestBody(long bytes) {
    return new RoutePolicy(
        requestTimeout,
        attemptTimeout,
        connectTimeout,
        sendTimeout,
        readTimeout,
        bytes,
        retries,
        responseRate);
  }
}
