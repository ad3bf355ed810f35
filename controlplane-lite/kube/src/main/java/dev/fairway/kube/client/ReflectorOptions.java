// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * How a {@link Reflector} behaves.
 *
 * @param namespace "" for all namespaces
 * @param watchList whether to ask for WatchList first; LIST is the fallback
 * @param pageSize objects per page of a LIST, 0 for one page
 * @param watchTimeout how long a watch is asked to last; each watch takes 1 to 2 times as long
 * @param idleTimeout a connection without one byte for so long is given up; servers send a bookmark
 *     about every minute, so two minutes and more are safe
 * @param backoffMin wait before the first retry
 * @param backoffMax longest wait between retries
 * @param timers clock, sleeping and alarms
 * @param random source of jitter
 */
public record ReflectorOptions(
    String namespace,
    boolean watchList,
    int pageSize,
    Duration watchTimeout,
    Duration idleTimeout,
    Duration backoffMin,
    Duration backoffMax,
    Timers timers,
    RandomGenerator random) {

  /** All namespaces, WatchList, pages of 500, watches of 5 to 10 minutes, 0.2 s to 30 s backoff. */
  public static ReflectorOptions defaults() {
    return new ReflectorOptions(
        "",
        true,
        500,
        Duration.ofMinutes(5),
        Duration.ofSeconds(150),
        Duration.ofMillis(200),
        Duration.ofSeconds(30),
        Timers.system(),
        new SplittableRandom());
  }

  /** The same options for one namespace. */
  public ReflectorOptions withNamespace(String newNamespace) {
    return new ReflectorOptions(
        newNamespace,
        watchList,
        pageSize,
        watchTimeout,
        idleTimeout,
        backoffMin,
        backoffMax,
        timers,
        random);
  }

  /** The same options with or without WatchList. */
  public ReflectorOptions withWatchList(boolean newWatchList) {
    return new ReflectorOptions(
        namespace,
        newWatchList,
        pageSize,
        watchTimeout,
        idleTimeout,
        backoffMin,
        backoffMax,
        timers,
        random);
  }

  /** The same options with another clock and another source of jitter. */
  public ReflectorOptions with(Timers newTimers, RandomGenerator newRandom) {
    return new ReflectorOptions(
        namespace,
        watchList,
        pageSize,
        watchTimeout,
        idleTimeout,
        backoffMin,
        backoffMax,
        newTimers,
        newRandom);
  }
}
