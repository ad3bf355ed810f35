// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.UpstreamMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps responses for their TTL, failures for a second (RFC 9520); the least recently used go first
 * when there are too many or they are too large. Thread-safe.
 */
final class AnswerCache {
  private static final long MAX_POSITIVE_TTL = 3600;
  private static final long MAX_NEGATIVE_TTL = 1800;
  private static final long FAILURE_TTL = 1;
  private static final int FAILURE_SIZE = 128;
  private static final int SHARDS = 16;
  private static final long SECOND = 1_000_000_000L;

  private record Stored(@Nullable UpstreamMessage message, long storedAt, long ttl) {
    int size() {
      return message == null ? FAILURE_SIZE : message.size();
    }
  }

  private static final class Shard {
    final ReentrantLock lock = new ReentrantLock();
    final LinkedHashMap<Lookup, Stored> stored = new LinkedHashMap<>(64, 0.75f, true);
    long bytes;
  }

  private final Shard[] shards = new Shard[SHARDS];
  private final int maxEntries;
  private final long maxBytes;
  private final LongSupplier nanoTime;

  AnswerCache(int maxEntries, long maxBytes, LongSupplier nanoTime) {
    this.maxEntries = Math.max(1, maxEntries / SHARDS);
    this.maxBytes = maxBytes / SHARDS;
    this.nanoTime = nanoTime;
    for (int i = 0; i < SHARDS; i++) {
      shards[i] = new Shard();
    }
  }

  /** What is known about a question, null if nothing. */
  @Nullable LookupResult get(Lookup lookup) {
    Shard shard = shardOf(lookup);
    long now = nanoTime.getAsLong();
    shard.lock.lock();
    try {
      Stored stored = shard.stored.get(lookup);
      if (stored == null) {
        return null;
      }
      long age = (now - stored.storedAt) / SECOND;
      if (age >= stored.ttl) {
        shard.stored.remove(lookup);
        shard.bytes -= stored.size() + lookup.name().length;
        return null;
      }
      return stored.message == null ? LookupResult.failed() : new LookupResult(stored.message, age);
    } finally {
      shard.lock.unlock();
    }
  }

  /** Remembers a response, or with null that there was none. */
  void put(Lookup lookup, @Nullable UpstreamMessage message) {
    long ttl = ttl(message);
    Stored next = new Stored(message, nanoTime.getAsLong(), ttl);
    if (ttl <= 0 || next.size() > maxBytes) {
      return;
    }
    Shard shard = shardOf(lookup);
    shard.lock.lock();
    try {
      Stored last = shard.stored.get(lookup);
      if (last != null && ttl == FAILURE_TTL && last.ttl > FAILURE_TTL && isFresh(last, next)) {
        return;
      }
      shard.stored.put(lookup, next);
      shard.bytes += next.size() + lookup.name().length;
      shard.bytes -= last == null ? 0 : last.size() + lookup.name().length;
      evict(shard);
    } finally {
      shard.lock.unlock();
    }
  }

  /** A failure must not hide an answer that is still good. */
  private static boolean isFresh(Stored last, Stored next) {
    return (next.storedAt - last.storedAt) / SECOND < last.ttl;
  }

  private void evict(Shard shard) {
    Iterator<Map.Entry<Lookup, Stored>> oldest = shard.stored.entrySet().iterator();
    while ((shard.stored.size() > maxEntries || shard.bytes > maxBytes) && oldest.hasNext()) {
      Map.Entry<Lookup, Stored> entry = oldest.next();
      shard.bytes -= entry.getValue().size() + entry.getKey().name().length;
      oldest.remove();
    }
  }

  private static long ttl(@Nullable UpstreamMessage message) {
    if (message == null) {
      return FAILURE_TTL;
    }
    if (message.isTruncated()) {
      return 0;
    }
    return switch (message.rcode()) {
      case Rcode.NOERROR, Rcode.NXDOMAIN ->
          Math.min(message.ttl(), message.isNegative() ? MAX_NEGATIVE_TTL : MAX_POSITIVE_TTL);
      default -> FAILURE_TTL;
    };
  }

  int size() {
    int size = 0;
    for (Shard shard : shards) {
      shard.lock.lock();
      try {
        size += shard.stored.size();
      } finally {
        shard.lock.unlock();
      }
    }
    return size;
  }

  private Shard shardOf(Lookup lookup) {
    int hash = lookup.hashCode() * 0x9E3779B9;
    return shards[hash >>> 28];
  }
}
