// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An immutable hash table of entries that know their own hash. It is cut into shards so that a
 * change copies a few dozen entries, however large the table is. Equal keys may occur several
 * times.
 *
 * <p>Readers probe a shard themselves: {@code for (i = slot(hash)...; entry != null; next)}, which
 * keeps the comparison of keys free of virtual calls.
 */
final class ShardedTable<E extends ShardedTable.Entry> {
  /** Something with a hash. */
  abstract static class Entry {
    private final long hash;

    Entry(long hash) {
      this.hash = hash;
    }

    final long hash() {
      return hash;
    }
  }

  private static final int SHARD_BITS = 12;
  private static final int SHARDS = 1 << SHARD_BITS;
  private static final Entry[] EMPTY_SHARD = new Entry[1];

  private final Entry[][] shards;
  private final int size;

  private ShardedTable(Entry[][] shards, int size) {
    this.shards = shards;
    this.size = size;
  }

  static <E extends Entry> ShardedTable<E> empty() {
    Entry[][] shards = new Entry[SHARDS][];
    java.util.Arrays.fill(shards, EMPTY_SHARD);
    return new ShardedTable<>(shards, 0);
  }

  int size() {
    return size;
  }

  /** The slots that may hold a hash; at least one is null. Not to be written. */
  Entry[] shard(long hash) {
    return shards[(int) (hash >>> (64 - SHARD_BITS))];
  }

  /** Tells every entry, in no order. */
  @SuppressWarnings("unchecked")
  void forEach(Consumer<? super E> action) {
    for (Entry[] shard : shards) {
      for (Entry entry : shard) {
        if (entry != null) {
          action.accept((E) entry);
        }
      }
    }
  }

  /** This table without some of its entries and with others. */
  ShardedTable<E> with(Collection<? extends E> removed, Collection<? extends E> added) {
    if (removed.isEmpty() && added.isEmpty()) {
      return this;
    }
    Map<Integer, List<Entry>> touched = new HashMap<>();
    for (E entry : removed) {
      contents(touched, entry.hash()).remove(entry);
    }
    for (E entry : added) {
      contents(touched, entry.hash()).add(entry);
    }
    Entry[][] copy = shards.clone();
    touched.forEach((index, entries) -> copy[index] = shardOf(entries));
    return new ShardedTable<>(copy, size - removed.size() + added.size());
  }

  private List<Entry> contents(Map<Integer, List<Entry>> touched, long hash) {
    return touched.computeIfAbsent(
        (int) (hash >>> (64 - SHARD_BITS)),
        index -> {
          List<Entry> entries = new ArrayList<>();
          for (Entry entry : shards[index]) {
            if (entry != null) {
              entries.add(entry);
            }
          }
          return entries;
        });
  }

  private static Entry[] shardOf(List<Entry> entries) {
    if (entries.isEmpty()) {
      return EMPTY_SHARD;
    }
    int slots = Integer.highestOneBit(entries.size()) * 4;
    Entry[] shard = new Entry[slots];
    for (Entry entry : entries) {
      int slot = (int) entry.hash() & (slots - 1);
      while (shard[slot] != null) {
        slot = (slot + 1) & (slots - 1);
      }
      shard[slot] = entry;
    }
    return shard;
  }
}
