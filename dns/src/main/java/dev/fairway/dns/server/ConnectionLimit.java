// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts TCP connections in total and for each client. Thread-safe. */
final class ConnectionLimit {
  private final int maxTotal;
  private final int maxPerClient;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> clients = new ConcurrentHashMap<>();

  ConnectionLimit(int maxTotal, int maxPerClient) {
    this.maxTotal = maxTotal;
    this.maxPerClient = maxPerClient;
  }

  /** Counts a connection; false, and nothing counted, when there are too many. */
  boolean acquire(InetAddress client) {
    if (total.incrementAndGet() > maxTotal) {
      total.decrementAndGet();
      return false;
    }
    if (clients.merge(client, 1, Integer::sum) > maxPerClient) {
      release(client);
      return false;
    }
    return true;
  }

  /** Whether three quarters of all connections are taken. */
  boolean isTight() {
    return total.get() > maxTotal - maxTotal / 4;
  }

  /** Takes back what {@link #acquire} has counted. */
  void release(InetAddress client) {
    total.decrementAndGet();
    clients.computeIfPresent(client, (key, count) -> count > 1 ? count - 1 : null);
  }
}
