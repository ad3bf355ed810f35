// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How the controllers run.
 *
 * @param nodeMonitorGracePeriod how long a node may be silent before it counts as unreachable
 * @param loadBalancerPool CIDRs, or single addresses, that LoadBalancer Services get their
 *     addresses from; none to leave such Services pending
 * @param finishedPods how many finished pods are kept before the oldest are deleted
 * @param clock the time for conditions and Events
 * @param nanoClock monotonic nanoseconds for delays
 */
public record ControllerOptions(
    Duration nodeMonitorGracePeriod,
    List<String> loadBalancerPool,
    int finishedPods,
    InstantSource clock,
    LongSupplier nanoClock) {

  public ControllerOptions {
    if (nodeMonitorGracePeriod.isNegative() || nodeMonitorGracePeriod.isZero()) {
      throw new IllegalArgumentException(
          "nodeMonitorGracePeriod > 0 expected, got " + nodeMonitorGracePeriod);
    }
    loadBalancerPool = List.copyOf(loadBalancerPool);
  }

  /** A grace period of 40 s, addresses from 127.112.0.0/16, the clocks of the system. */
  public static ControllerOptions defaults() {
    return new ControllerOptions(
        Duration.ofSeconds(40),
        List.of("127.112.0.0/16"),
        1000,
        InstantSource.system(),
        System::nanoTime);
  }

  /** The same options with another grace period. */
  public ControllerOptions withNodeMonitorGracePeriod(Duration period) {
    return new ControllerOptions(period, loadBalancerPool, finishedPods, clock, nanoClock);
  }

  /** The same options with other addresses for LoadBalancer Services. */
  public ControllerOptions withLoadBalancerPool(List<String> pool) {
    return new ControllerOptions(nodeMonitorGracePeriod, pool, finishedPods, clock, nanoClock);
  }

  /** The same options with other clocks. */
  public ControllerOptions withClocks(InstantSource newClock, LongSupplier newNanoClock) {
    return new ControllerOptions(
        nodeMonitorGracePeriod, loadBalancerPool, finishedPods, newClock, newNanoClock);
  }
}
