// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.UpstreamMessage;
import org.jspecify.annotations.Nullable;

/**
 * One remembered response. What it says never changes; how it is linked is guarded by its shard's
 * lock, but {@link #next} is also followed without it. Marks of use are written without any lock: a
 * lost one costs nothing.
 */
final class CacheEntry {
  private static final long SECOND = 1_000_000_000L;
  private static final int OVERHEAD = 120;

  final byte[] name;
  final int type;
  final int flags;
  final long hash;
  final @Nullable UpstreamMessage message;
  final long storedAt;
  final long ttlNs;
  final CachePolicy policy;

  /** The next one of the same bucket. */
  volatile @Nullable CacheEntry next;

  /** Neighbours in order of arrival; guarded by the shard's lock. */
  @Nullable CacheEntry older;

  @Nullable CacheEntry newer;
  boolean used;

  /** Until then upstreams are not asked again for this stale answer. */
  volatile long quietUntil;

  int hits;
  long lastHit;
  volatile boolean fetching;

  CacheEntry(
      Lookup lookup,
      long hash,
      @Nullable UpstreamMessage message,
      long storedAt,
      long ttl,
      CachePolicy policy) {
    this.name = lookup.name();
    this.type = lookup.type();
    this.flags = lookup.flags();
    this.hash = hash;
    this.message = message;
    this.storedAt = storedAt;
    this.ttlNs = ttl * SECOND;
    this.policy = policy;
    this.quietUntil = storedAt;
    this.lastHit = storedAt;
  }

  int size() {
    return OVERHEAD + name.length + (message == null ? 0 : message.size());
  }

  boolean isFresh(long now) {
    return now - storedAt < ttlNs;
  }

  /** Whether it may be used, if need be past its end. */
  boolean isUsable(long now) {
    return isFresh(now)
        || (message != null && now - storedAt - ttlNs < policy.stale().max().toNanos());
  }

  boolean isPositive() {
    return message != null && !message.isNegative();
  }

  /** Fills in what a client gets while it is fresh. */
  void answer(long now, LookupResult out) {
    if (message == null) {
      out.setFailed();
      return;
    }
    long ttl = ttlNs / SECOND;
    long age = policy.keepTtl() ? 0 : (now - storedAt) / SECOND;
    long left = ttl - age;
    out.set(message, age, ttl > message.ttl() ? left : 0, left);
  }

  /** Fills in what a client gets past its end. */
  void answerStale(LookupResult out) {
    if (message == null) {
      out.setFailed();
    } else {
      out.setStale(message, policy.stale().ttl());
    }
  }

  /** Notes a hit; whether the answer is to be fetched again now. */
  boolean hit(long now) {
    used = true;
    CachePolicy.Prefetch prefetch = policy.prefetch();
    if (prefetch.hits() == 0) {
      return false;
    }
    hits = now - lastHit > prefetch.window().toNanos() ? 1 : hits + 1;
    lastHit = now;
    long left = ttlNs - (now - storedAt);
    boolean due = left * 100 <= ttlNs * prefetch.percent() || left <= SECOND;
    if (hits < prefetch.hits() || !due || fetching) {
      return false;
    }
    fetching = true;
    return true;
  }
}
