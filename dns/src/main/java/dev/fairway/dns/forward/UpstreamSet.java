// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** The upstreams of a group, and which of them are asked in which order. Thread-safe. */
final class UpstreamSet {
  private final UpstreamGroup options;
  private final List<Upstream> upstreams;
  private final RandomGenerator random;
  private final ForwardMetrics metrics;
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger lookups = new AtomicInteger();

  UpstreamSet(UpstreamGroup options, RandomGenerator random, ForwardMetrics metrics) {
    this.options = options;
    this.random = random;
    this.metrics = metrics;
    this.upstreams =
        options.upstreams().stream()
            .map(address -> new Upstream(address, options, metrics))
            .toList();
  }

  UpstreamGroup options() {
    return options;
  }

  List<Upstream> upstreams() {
    return upstreams;
  }

  /** Takes one of the places for lookups; false when there is none. */
  boolean acquire() {
    if (lookups.incrementAndGet() > options.maxConcurrent()) {
      lookups.decrementAndGet();
      return false;
    }
    return true;
  }

  void release() {
    lookups.decrementAndGet();
  }

  /**
   * The upstreams in the order in which they are to be asked: those that are up. When none is, all
   * are tried in any order, or with {@code failFast} none. One that asks this server never is.
   */
  List<Upstream> inOrder() {
    List<Upstream> order = new ArrayList<>(upstreams.size());
    int start =
        options.policy() == UpstreamGroup.Policy.ROUND_ROBIN
            ? Math.floorMod(turn.getAndIncrement(), upstreams.size())
            : 0;
    for (int i = 0; i < upstreams.size(); i++) {
      Upstream upstream = upstreams.get((start + i) % upstreams.size());
      if (!upstream.isIsolated() && !upstream.isDown()) {
        order.add(upstream);
      }
    }
    if (!order.isEmpty()) {
      if (options.policy() == UpstreamGroup.Policy.RANDOM && order.size() > 1) {
        Collections.shuffle(order, java.util.Random.from(random));
      }
      return order;
    }
    metrics.healthcheckBroken();
    if (!options.failover().failFast()) {
      upstreams.stream().filter(upstream -> !upstream.isIsolated()).forEach(order::add);
      Collections.shuffle(order, java.util.Random.from(random));
    }
    return order;
  }

  void close() {
    upstreams.forEach(upstream -> upstream.streams().close());
  }
}
