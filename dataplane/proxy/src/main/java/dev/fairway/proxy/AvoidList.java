// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Endpoints that took no connection a moment ago and are passed over while there are others. Each
 * further failure in a row doubles the time, up to eight times the first; a success ends it. At
 * most half of the endpoints of a list are avoided because of it, so that trouble of the proxy
 * itself does not send everything to a few. Thread-safe, bounded.
 */
public final class AvoidList {
  private static final int MAX_ENTRIES = 4096;
  private static final int MAX_DOUBLINGS = 3;

  private final ConcurrentHashMap<Key, Ejection> ejections = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;
  private final long nanos;

  /**
   * An empty list.
   *
   * @param nanos how long an endpoint is avoided after its first failure; 0 for not at all
   */
  public AvoidList(LongSupplier nanoClock, long nanos) {
    this.nanoClock = nanoClock;
    this.nanos = nanos;
  }

  /**
   * Notes that an endpoint did not take a connection.
   *
   * @param among the endpoints it shares the traffic with
   * @return whether it is avoided from now on
   */
  boolean failed(IpAddress address, int port, EndpointSet among) {
    if (nanos == 0) {
      return false;
    }
    Key key = new Key(address, port);
    long now = nanoClock.getAsLong();
    Ejection before = ejections.get(key);
    if (before == null && (isHalfAvoided(among) || !makeRoom(now))) {
      return false;
    }
    int failures = before == null ? 0 : Math.min(before.failures + 1, MAX_DOUBLINGS);
    ejections.put(key, new Ejection(now + (nanos << failures), failures));
    return true;
  }

  private boolean isHalfAvoided(EndpointSet among) {
    int avoided = 0;
    for (int i = 0; i < among.size() && !ejections.isEmpty(); i++) {
      avoided += isAvoided(among, i) ? 1 : 0;
    }
    return 2 * (avoided + 1) > among.size();
  }

  private boolean makeRoom(long now) {
    if (ejections.size() >= MAX_ENTRIES) {
      ejections.values().removeIf(ejection -> ejection.until - now <= 0);
    }
    return ejections.size() < MAX_ENTRIES;
  }

  /** Notes that an endpoint took a connection. */
  public void succeeded(IpAddress address, int port) {
    if (!ejections.isEmpty()) {
      ejections.remove(new Key(address, port));
    }
  }

  /** Whether the endpoint should be passed over. */
  boolean isAvoided(EndpointSet endpoints, int i) {
    if (ejections.isEmpty()) {
      return false;
    }
    Ejection ejection = ejections.get(new Key(endpoints.address(i), endpoints.port(i)));
    return ejection != null && ejection.until - nanoClock.getAsLong() > 0;
  }

  /** Forgets what is long over; a failure after that counts as a first one. */
  public void sweep() {
    long now = nanoClock.getAsLong();
    ejections.values().removeIf(ejection -> now - ejection.until > (nanos << MAX_DOUBLINGS));
  }

  /** An endpoint. */
  record Key(IpAddress address, int port) {}

  private record Ejection(long until, int failures) {}
}
