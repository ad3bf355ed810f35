// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.UpstreamSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which upstreams the front-ends of a gateway need, so that none drops those of another.
 * Thread-safe.
 */
public final class UpstreamClaims {
  private final UpstreamRegistry registry;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Set<UpstreamSpec>> byOwner = new HashMap<>();

  public UpstreamClaims(UpstreamRegistry registry) {
    this.registry = registry;
  }

  /**
   * Replaces what an owner needs. What is new is there before the routes are published, what is not
   * needed any more goes after that.
   *
   * @param needed costs nothing where it is the unmodifiable set of the call before
   * @param publish makes the routes visible
   */
  @SuppressWarnings("ReferenceEquality") // the same set has the same members
  public void replace(String owner, Set<UpstreamSpec> needed, Runnable publish) {
    lock.lock();
    try {
      Set<UpstreamSpec> kept = Set.copyOf(needed);
      if (byOwner.get(owner) == kept) {
        publish.run();
        return;
      }
      registry.ensure(needed);
      publish.run();
      byOwner.put(owner, kept);
      Set<UpstreamSpec> all = new HashSet<>();
      byOwner.values().forEach(all::addAll);
      registry.retainOnly(all);
    } finally {
      lock.unlock();
    }
  }
}
