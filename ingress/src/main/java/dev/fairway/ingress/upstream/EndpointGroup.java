// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The endpoints of an upstream that take requests now. Immutable. */
final class EndpointGroup {
  /** Whether the upstream can take requests, and if not, why. */
  enum State {
    AVAILABLE,
    SERVICE_NOT_FOUND,
    PORT_NOT_FOUND,
    NOT_RESOLVED,
    NO_ENDPOINTS
  }

  static final EndpointGroup EMPTY = unavailable(State.NO_ENDPOINTS);

  /** The smallest share of an endpoint that starts slowly. */
  private static final double LEAST_SHARE = 0.1;

  private final State state;
  private final Endpoint[] endpoints;
  private final long[] ids;
  private final long slowStartNanos;
  private final long oldestNanos;
  private final long newestNanos;
  private final @Nullable HashTable table;

  private EndpointGroup(
      State state, Endpoint[] endpoints, long slowStartNanos, @Nullable HashTable table) {
    this.state = state;
    this.endpoints = endpoints;
    this.slowStartNanos = slowStartNanos;
    this.table = table;
    ids = new long[endpoints.length];
    long oldest = endpoints.length == 0 ? 0 : endpoints[0].sinceNanos();
    long newest = oldest;
    for (int i = 0; i < endpoints.length; i++) {
      long since = endpoints[i].sinceNanos();
      oldest = since - oldest < 0 ? since : oldest;
      newest = since - newest > 0 ? since : newest;
      ids[i] = endpoints[i].id();
    }
    oldestNanos = oldest;
    newestNanos = newest;
  }

  /**
   * @param table for balancing by hash, else null
   */
  static EndpointGroup of(
      List<Endpoint> endpoints, long slowStartNanos, @Nullable HashTable table) {
    return endpoints.isEmpty()
        ? unavailable(State.NO_ENDPOINTS)
        : new EndpointGroup(
            State.AVAILABLE, endpoints.toArray(Endpoint[]::new), slowStartNanos, table);
  }

  static EndpointGroup unavailable(State state) {
    return new EndpointGroup(state, new Endpoint[0], 0, null);
  }

  State state() {
    return state;
  }

  int size() {
    return endpoints.length;
  }

  Endpoint get(int i) {
    return endpoints[i];
  }

  boolean contains(Endpoint endpoint) {
    for (Endpoint member : endpoints) {
      if (member == endpoint) {
        return true;
      }
    }
    return false;
  }

  /** The endpoint with an id, or null. */
  @Nullable Endpoint find(long id) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == id) {
        return endpoints[i];
      }
    }
    return null;
  }

  @Nullable HashTable table() {
    return table;
  }

  /**
   * Whether some endpoints are to get less because they are new. Where all are young there is none
   * that could do more than its share.
   */
  boolean isRamping(long nanoTime) {
    return nanoTime - newestNanos < slowStartNanos && nanoTime - oldestNanos >= slowStartNanos;
  }

  /** Whether a random number falls into an endpoint's share. */
  boolean isInShare(Endpoint endpoint, long nanoTime, long random) {
    long age = nanoTime - endpoint.sinceNanos();
    double share = Math.max(LEAST_SHARE, (double) age / slowStartNanos);
    return age >= slowStartNanos || (random >>> 11) * 0x1.0p-53 < share;
  }

  /**
   * The first acceptable endpoint from a random place on; draws a few times, so that the successor
   * of one that is not acceptable gets little more than its share.
   */
  @Nullable Endpoint draw(Selection selection) {
    int start = 0;
    for (int i = 0; i < 4; i++) {
      start = RandomSequence.below(selection.nextRandom(), endpoints.length);
      if (selection.accepts(endpoints[start])) {
        return endpoints[start];
      }
    }
    return from(start, selection);
  }

  /** The first acceptable endpoint from a place on, once around, or null. */
  @Nullable Endpoint from(int start, Selection selection) {
    for (int i = 0; i < endpoints.length; i++) {
      Endpoint candidate = endpoints[(start + i) % endpoints.length];
      if (selection.accepts(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
