// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * What is told of the requests of a route.
 *
 * @param counted whether they are requests of clients: told to metrics, logs and traces at all
 * @param logged whether the access log has them
 * @param traced whether they have a place in a trace where the gateway traces
 * @param trust whose traces continue
 */
public record Telemetry(boolean counted, boolean logged, boolean traced, Trust trust) {
  /** Whose traces are continued by ours; those of others are linked to new ones. */
  public enum Trust {
    AS_CONFIGURED,
    ALWAYS,
    NEVER
  }

  public static final Telemetry DEFAULT = new Telemetry(true, true, true, Trust.AS_CONFIGURED);

  /** Of requests that the gateway makes itself, on behalf of one that is told of. */
  public static final Telemetry INTERNAL = new Telemetry(false, false, false, Trust.AS_CONFIGURED);
}
