// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.service.IpAddress;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a limit knows of its clients: how far each is above its rate, and how many of its requests
 * are open. Bounded: where too many clients are known, those that are below their rate again are
 * forgotten, then any. IPv6 clients are networks of 64 bits, of which everybody has plenty of
 * addresses. Thread-safe.
 */
public final class LimitZone {
  private static final int MAX_CLIENTS = 65_536;

  private final int maxClients;
  private final Map<IpAddress, Bucket> buckets = new ConcurrentHashMap<>();

  /** As many entries as clients have requests open. */
  private final Map<IpAddress, Integer> open = new ConcurrentHashMap<>();

  /** A zone of the usual size. */
  public LimitZone() {
    this(MAX_CLIENTS);
  }

  LimitZone(int maxClients) {
    this.maxClients = maxClients;
  }

  /** The leaky bucket of a client. */
  private static final class Bucket {
    private double excess;
    private long lastNanos;
    private boolean used;

    /** Counts a request; one that does not fit does not count. */
    synchronized boolean take(double perSecond, int burst, long nanoTime) {
      double left = used ? Math.max(0, excess - drained(perSecond, nanoTime) + 1) : 0;
      if (left > burst) {
        return false;
      }
      used = true;
      excess = left;
      lastNanos = nanoTime;
      return true;
    }

    synchronized boolean isEmpty(double perSecond, long nanoTime) {
      return excess <= drained(perSecond, nanoTime);
    }

    private double drained(double perSecond, long nanoTime) {
      return (nanoTime - lastNanos) / 1e9 * perSecond;
    }
  }

  /**
   * Counts a request against a rate.
   *
   * @param perSecond how fast the bucket empties
   * @param burst how many requests fit above the first
   * @return whether the request fits
   */
  boolean take(@Nullable IpAddress address, double perSecond, int burst, long nanoTime) {
    IpAddress key = key(address);
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      if (buckets.size() >= maxClients) {
        makeRoom(perSecond, nanoTime);
      }
      bucket = buckets.computeIfAbsent(key, _ -> new Bucket());
    }
    return bucket.take(perSecond, burst, nanoTime);
  }

  /** Counts a request that begins; false where as many are open already. */
  boolean enter(@Nullable IpAddress address, int limit) {
    int now = open.merge(key(address), 1, Integer::sum);
    if (now > limit) {
      leave(address);
      return false;
    }
    return true;
  }

  /** A request that {@link #enter} counted is over. */
  void leave(@Nullable IpAddress address) {
    open.computeIfPresent(key(address), (_, count) -> count == 1 ? null : count - 1);
  }

  /** How many clients are known. */
  int size() {
    return buckets.size() + open.size();
  }

  /** Forgets the clients that are below their rate again; if there are none, an eighth of all. */
  private void makeRoom(double perSecond, long nanoTime) {
    buckets.values().removeIf(bucket -> bucket.isEmpty(perSecond, nanoTime));
    Iterator<Bucket> any = buckets.values().iterator();
    while (buckets.size() > maxClients - maxClients / 8 && any.hasNext()) {
      any.next();
      any.remove();
    }
  }

  private static IpAddress key(@Nullable IpAddress address) {
    if (address == null) {
      return IpAddress.ofIpv4(0);
    }
    return address.isV4() ? address : IpAddress.ofIpv6(address.highBits(), 0);
  }
}
