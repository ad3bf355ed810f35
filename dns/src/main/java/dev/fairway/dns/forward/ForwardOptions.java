// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Where other names are looked up, and how much that may cost.
 *
 * @param upstreams servers, asked in turn until one answers
 * @param attemptTimeout for how long one server is waited for
 * @param totalTimeout for how long a client waits; less than the 5 s after which stubs give up
 * @param maxConcurrent lookups at one time; more are answered SERVFAIL
 * @param cacheEntries responses kept at most
 * @param cacheBytes memory for them at most
 */
public record ForwardOptions(
    List<InetSocketAddress> upstreams,
    Duration attemptTimeout,
    Duration totalTimeout,
    int maxConcurrent,
    int cacheEntries,
    long cacheBytes) {
  public ForwardOptions {
    upstreams = List.copyOf(upstreams);
    if (upstreams.isEmpty() || maxConcurrent < 1) {
      throw new IllegalArgumentException(
          "a forwarder needs upstreams and lookups, not " + upstreams + ", " + maxConcurrent);
    }
  }

  /** The defaults: 1.5 s for a server, 4 s in total, 1000 lookups, 10000 responses in 16 MiB. */
  public static ForwardOptions to(List<InetSocketAddress> upstreams) {
    return new ForwardOptions(
        upstreams, Duration.ofMillis(1500), Duration.ofSeconds(4), 1000, 10_000, 16L << 20);
  }

  /** With other timeouts. */
  public ForwardOptions withTimeouts(Duration attempt, Duration total) {
    return new ForwardOptions(upstreams, attempt, total, maxConcurrent, cacheEntries, cacheBytes);
  }

  /** With another number of lookups at one time. */
  public ForwardOptions withMaxConcurrent(int lookups) {
    return new ForwardOptions(
        upstreams, attemptTimeout, totalTimeout, lookups, cacheEntries, cacheBytes);
  }

  /** With another size of the cache. */
  public ForwardOptions withCache(int entries, long bytes) {
    return new ForwardOptions(
        upstreams, attemptTimeout, totalTimeout, maxConcurrent, entries, bytes);
  }
}
