// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Endpoints that refused a connection a moment ago and are passed over while there are others.
 * Thread-safe, bounded.
 */
public final class AvoidList {
  private static final int MAX_ENTRIES = 4096;

  private final ConcurrentHashMap<Key, Long> until = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;
  private final long nanos;

  /**
   * An empty list.
   *
   * @param nanos how long an endpoint is avoided; 0 for not at all
   */
  public AvoidList(LongSupplier nanoClock, long nanos) {
    this.nanoClock = nanoClock;
    this.nanos = nanos;
  }

  /** Notes that an endpoint did not take a connection. */
  public void failed(IpAddress address, int port) {
    if (nanos == 0) {
      return;
    }
    long now = nanoClock.getAsLong();
    if (until.size() >= MAX_ENTRIES) {
      until.values().removeIf(end -> end - now <= 0);
    }
    if (until.size() < MAX_ENTRIES) {
      until.put(new Key(address, port), now + nanos);
    }
  }

  /** Notes that an endpoint took a connection. */
  public void succeeded(IpAddress address, int port) {
    if (!until.isEmpty()) {
      until.remove(new Key(address, port));
    }
  }

  /** Whether the endpoint should be passed over. */
  boolean isAvoided(EndpointSet endpoints, int i) {
    if (until.isEmpty()) {
      return false;
    }
    Key key = new Key(endpoints.address(i), endpoints.port(i));
    Long end = until.get(key);
    if (end == null) {
      return false;
    }
    if (end - nanoClock.getAsLong() > 0) {
      return true;
    }
    until.remove(key, end);
    return false;
  }

  private record Key(IpAddress address, int port) {}
}
