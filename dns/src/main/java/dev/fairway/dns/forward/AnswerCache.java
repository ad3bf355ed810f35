// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.UpstreamMessage;
import dev.fairway.dns.wire.WireName;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps responses for their TTL and, where the policy says so, beyond it. Thread-safe.
 *
 * <p><b>Reading</b> takes no lock and does not allocate: a bucket's chain is followed, and names
 * are compared whole, since whoever knows the hash could make two names collide.
 *
 * <p><b>Room</b> is bounded in entries and octets. What goes first is decided by SIEVE: entries
 * stand in order of arrival, a hand moves from the oldest on, spares those that were read since it
 * last came by, and drops the first that was not. A hit is one write to a field, and names that are
 * asked once do not push out those that are asked often.
 */
final class AnswerCache {
  private static final long SECOND = 1_000_000_000L;
  private static final int SHARDS = 16;
  private static final int MIN_BUCKETS = 64;
  private static final int MAX_BUCKETS = 1 << 20;

  private static final class Shard {
    final ReentrantLock lock = new ReentrantLock();
    final AtomicReferenceArray<@Nullable CacheEntry> buckets;
    @Nullable CacheEntry oldest;
    @Nullable CacheEntry newest;
    @Nullable CacheEntry hand;
    int entries;
    long bytes;

    Shard(int buckets) {
      this.buckets = new AtomicReferenceArray<>(buckets);
    }
  }

  private final Shard[] shards = new Shard[SHARDS];
  private final int maxEntries;
  private final long maxBytes;
  private final long seed;
  private final LongSupplier nanoTime;
  private final ForwardMetrics metrics;

  AnswerCache(
      int maxEntries, long maxBytes, long seed, LongSupplier nanoTime, ForwardMetrics metrics) {
    this.maxEntries = Math.max(1, maxEntries / SHARDS);
    this.maxBytes = maxBytes / SHARDS;
    this.seed = seed;
    this.nanoTime = nanoTime;
    this.metrics = metrics;
    int buckets = Math.clamp(Integer.highestOneBit(this.maxEntries) * 2L, MIN_BUCKETS, MAX_BUCKETS);
    for (int i = 0; i < SHARDS; i++) {
      shards[i] = new Shard(buckets);
    }
    metrics.cacheEntries(this::size);
  }

  /** The entry for a question, however old; null if there is none. */
  @Nullable CacheEntry find(Query query) {
    WireName name = query.name();
    int flags = Lookup.flags(query.dnssecOk(), query.checkingDisabled());
    long hash = mix(name.hash(0, name.length(), seed), query.type(), flags);
    Shard shard = shardOf(hash);
    CacheEntry entry = shard.buckets.get(bucketOf(shard, hash));
    while (entry != null
        && (entry.hash != hash
            || entry.type != query.type()
            || entry.flags != flags
            || entry.name.length != name.length()
            || !name.regionIs(0, name.length(), entry.name))) {
      entry = entry.next;
    }
    return entry;
  }

  /** The entry for a question, however old; null if there is none. */
  @Nullable CacheEntry find(Lookup lookup) {
    long hash = hash(lookup);
    Shard shard = shardOf(hash);
    return find(shard, lookup, hash);
  }

  private static @Nullable CacheEntry find(Shard shard, Lookup lookup, long hash) {
    CacheEntry entry = shard.buckets.get(bucketOf(shard, hash));
    while (entry != null && !(entry.hash == hash && lookup.isOf(entry))) {
      entry = entry.next;
    }
    return entry;
  }

  /**
   * Remembers a response, or with null that there was none. A failure never takes the place of an
   * answer that can still be used, and no absence that of records which the policy prefers.
   *
   * @return what is to be told to those who wait for the response
   */
  LookupResult put(Lookup lookup, @Nullable UpstreamMessage message, CachePolicy policy) {
    long now = nanoTime.getAsLong();
    boolean failure = isFailure(message);
    long ttl = ttl(lookup, message, policy);
    long hash = hash(lookup);
    Shard shard = shardOf(hash);
    shard.lock.lock();
    try {
      CacheEntry last = find(shard, lookup, hash);
      if (last != null && isKept(last, message, failure, policy, now)) {
        last.fetching = false;
        long quiet = Math.max(policy.stale().recheck().toNanos(), failure ? ttl * SECOND : 0);
        last.quietUntil = now + quiet;
        return kept(last, now);
      }
      if (ttl > 0) {
        insert(shard, new CacheEntry(lookup, hash, message, now, ttl, policy), last);
      } else if (last != null && message != null && !failure) {
        remove(shard, last);
      }
      return told(message, failure, ttl);
    } finally {
      shard.lock.unlock();
    }
  }

  private static LookupResult kept(CacheEntry entry, long now) {
    LookupResult result = new LookupResult();
    if (entry.isFresh(now)) {
      entry.answer(now, result);
    } else {
      entry.answerStale(result);
    }
    return result;
  }

  private static LookupResult told(@Nullable UpstreamMessage message, boolean failure, long ttl) {
    if (message == null) {
      return LookupResult.failed();
    }
    boolean bounded = ttl > 0 && !failure;
    return new LookupResult()
        .set(
            message,
            0,
            bounded && ttl > message.ttl() ? ttl : 0,
            bounded ? ttl : Integer.MAX_VALUE);
  }

  private static boolean isKept(
      CacheEntry last,
      @Nullable UpstreamMessage message,
      boolean failure,
      CachePolicy policy,
      long now) {
    if (last.message == null || isFailure(last.message) || !last.isUsable(now)) {
      return false;
    }
    if (failure) {
      return true;
    }
    boolean absence = message == null || message.isNegative();
    return absence && policy.stale().preferPositive() && last.isPositive();
  }

  private static boolean isFailure(@Nullable UpstreamMessage message) {
    return message == null
        || (message.rcode() != Rcode.NOERROR && message.rcode() != Rcode.NXDOMAIN);
  }

  private static long ttl(Lookup lookup, @Nullable UpstreamMessage message, CachePolicy policy) {
    if (message == null || isFailure(message)) {
      return policy.failureTtl();
    }
    if (message.isTruncated()) {
      return 0;
    }
    CachePolicy.Bounds bounds = message.isNegative() ? policy.negative() : policy.positive();
    // A denial without SOA says nothing about how long it holds (RFC 2308 5).
    boolean unbounded = message.isNegative() && message.ttl() == 0;
    return unbounded || !lookup.isIn(bounds.only(), true) || lookup.isIn(bounds.except(), false)
        ? 0
        : bounds.clamp(message.ttl());
  }

  private void insert(Shard shard, CacheEntry entry, @Nullable CacheEntry last) {
    if (entry.size() > maxBytes) {
      return;
    }
    if (last != null) {
      entry.used = last.used;
      entry.hits = last.hits;
      entry.lastHit = last.lastHit;
    }
    int bucket = bucketOf(shard, entry.hash);
    entry.next = shard.buckets.get(bucket);
    shard.buckets.set(bucket, entry);
    entry.older = shard.newest;
    if (shard.newest != null) {
      shard.newest.newer = entry;
    } else {
      shard.oldest = entry;
    }
    shard.newest = entry;
    shard.entries++;
    shard.bytes += entry.size();
    if (last != null) {
      // Not before its successor is there: readers take no lock and must always find one of them.
      remove(shard, last);
    }
    while (shard.entries > maxEntries || shard.bytes > maxBytes) {
      evict(shard);
    }
  }

  private void evict(Shard shard) {
    CacheEntry candidate = shard.hand == null ? shard.oldest : shard.hand;
    while (candidate != null && candidate.used) {
      candidate.used = false;
      candidate = candidate.newer == null ? shard.oldest : candidate.newer;
    }
    if (candidate != null) {
      shard.hand = candidate.newer;
      remove(shard, candidate);
      metrics.eviction();
    }
  }

  private static void remove(Shard shard, CacheEntry entry) {
    int bucket = bucketOf(shard, entry.hash);
    CacheEntry before = null;
    CacheEntry at = shard.buckets.get(bucket);
    while (at != null && at != entry) {
      before = at;
      at = at.next;
    }
    // Who stands on the entry right now still finds the rest of the chain through it.
    if (before == null) {
      shard.buckets.set(bucket, entry.next);
    } else {
      before.next = entry.next;
    }
    if (shard.hand == entry) {
      shard.hand = entry.newer;
    }
    if (entry.older == null) {
      shard.oldest = entry.newer;
    } else {
      entry.older.newer = entry.newer;
    }
    if (entry.newer == null) {
      shard.newest = entry.older;
    } else {
      entry.newer.older = entry.older;
    }
    shard.entries--;
    shard.bytes -= entry.size();
  }

  long size() {
    long size = 0;
    for (Shard shard : shards) {
      shard.lock.lock();
      try {
        size += shard.entries;
      } finally {
        shard.lock.unlock();
      }
    }
    return size;
  }

  long bytes() {
    long bytes = 0;
    for (Shard shard : shards) {
      shard.lock.lock();
      try {
        bytes += shard.bytes;
      } finally {
        shard.lock.unlock();
      }
    }
    return bytes;
  }

  private long hash(Lookup lookup) {
    byte[] name = lookup.name();
    return mix(WireName.hash(name, 0, name.length, seed), lookup.type(), lookup.flags());
  }

  private static long mix(long hash, int type, int flags) {
    long mixed = (hash ^ ((long) type << 2 | flags)) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }

  private Shard shardOf(long hash) {
    return shards[(int) (hash >>> 60)];
  }

  private static int bucketOf(Shard shard, long hash) {
    return (int) hash & (shard.buckets.length() - 1);
  }
}
