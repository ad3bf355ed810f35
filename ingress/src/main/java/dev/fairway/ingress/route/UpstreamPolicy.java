// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the endpoints of an upstream are guarded: each against too many requests, the requests
 * against endpoints that fail.
 *
 * @param slowStart over which time a new endpoint comes to its full share; zero for at once
 * @param panicPercent where fewer of the endpoints than this are in service, all are used
 * @param healthCheck null for none: Kubernetes probes readiness itself
 */
public record UpstreamPolicy(
    Outliers outliers,
    CircuitLimits limits,
    Duration slowStart,
    int panicPercent,
    @Nullable HealthCheck healthCheck) {
  /** Ejection of outliers, the usual limits, 30 s of slow start, panic below 50 %. */
  public static final UpstreamPolicy DEFAULT =
      new UpstreamPolicy(Outliers.DEFAULT, CircuitLimits.DEFAULT, Duration.ofSeconds(30), 50, null);

  /**
   * When an endpoint is out of service for a while: after failures in a row, of connections, of
   * attempts without a response, or responses with a status of 500 and above.
   *
   * @param consecutiveFailures 0 never ejects
   * @param baseEjection how long the first time; each further time that much longer
   * @param maxEjection how long at most
   * @param forgetAfter after this time in service an earlier ejection counts no more
   * @param maxEjectedPercent at most this share of the endpoints, but always one, never the last
   */
  public record Outliers(
      int consecutiveFailures,
      Duration baseEjection,
      Duration maxEjection,
      Duration forgetAfter,
      int maxEjectedPercent) {
    /** 5 in a row, 30 s to 300 s, forgotten after 10 s each, at most 10 %. */
    public static final Outliers DEFAULT =
        new Outliers(
            5, Duration.ofSeconds(30), Duration.ofSeconds(300), Duration.ofSeconds(10), 10);

    /** No endpoint is ever ejected. */
    public static final Outliers NONE =
        new Outliers(0, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(10), 0);
  }

  /**
   * How much an upstream takes at once. A protocol upgrade that was accepted counts no more.
   *
   * @param connections in use of each endpoint; with HTTP/1 a request uses one
   * @param pending requests that wait because every endpoint is full; more are answered 503
   * @param requests of each endpoint that have no complete response
   * @param retries at once that are always allowed; beyond, a fifth of the requests
   */
  public record CircuitLimits(int connections, int pending, int requests, int retries) {
    public static final CircuitLimits DEFAULT = new CircuitLimits(1024, 1024, 1024, 3);
  }

  /**
   * Probes of our own.
   *
   * @param path of a GET that a healthy endpoint answers with a status from 200 to 399
   * @param host the Host of that GET
   * @param healthyAfter answers in a row that bring an endpoint back
   * @param unhealthyAfter failures in a row that take it out
   */
  public record HealthCheck(
      String path,
      String host,
      Duration interval,
      Duration timeout,
      int healthyAfter,
      int unhealthyAfter) {
    /** Every 10 s, 5 s to answer, three in a row either way. */
    public static HealthCheck of(String path, String host) {
      return new HealthCheck(path, host, Duration.ofSeconds(10), Duration.ofSeconds(5), 3, 3);
    }
  }
}
