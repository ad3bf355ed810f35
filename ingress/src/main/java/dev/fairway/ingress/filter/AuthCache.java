// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Answers of authentication services, for as long as they hold. Bounded. Thread-safe. */
public final class AuthCache {
  private static final int MAX_ENTRIES = 10_000;
  private static final int MAX_KEY = 4096;

  private record Entry(AuthAnswer answer, long expiresNanos) {}

  private final int maxEntries;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** A cache of the usual size. */
  public AuthCache() {
    this(MAX_ENTRIES);
  }

  AuthCache(int maxEntries) {
    this.maxEntries = maxEntries;
  }

  /** An answer that holds still, or null. */
  @Nullable AuthAnswer get(String key, long nanoTime) {
    Entry entry = entries.get(key);
    return entry == null || entry.expiresNanos - nanoTime <= 0 ? null : entry.answer;
  }

  void put(String key, AuthAnswer answer, long nanoTime, long lifetimeNanos) {
    if (lifetimeNanos <= 0 || key.length() > MAX_KEY) {
      return;
    }
    if (entries.size() >= maxEntries) {
      makeRoom(nanoTime);
    }
    entries.put(key, new Entry(answer, nanoTime + lifetimeNanos));
  }

  int size() {
    return entries.size();
  }

  private void makeRoom(long nanoTime) {
    entries.values().removeIf(entry -> entry.expiresNanos - nanoTime <= 0);
    Iterator<Entry> any = entries.values().iterator();
    while (entries.size() > maxEntries - maxEntries / 8 && any.hasNext()) {
      any.next();
      any.remove();
    }
  }
}
