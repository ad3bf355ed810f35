// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.HashKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks of the choice of its endpoint, and which endpoints it was sent to already.
 * One per request, used for all its attempts; confined to its event loop.
 */
public final class Selection {
  /** What an endpoint must be to be chosen; each is looked for only where the former is not. */
  enum Demand {
    /** Also in its share while it starts slowly. */
    SHARED,
    /** In service, not tried and not full. */
    FIT,
    /** Not tried and not full, though it failed lately. */
    UNTRIED,
    /** Not full. */
    ANY
  }

  private static final Endpoint[] NONE = new Endpoint[0];

  private long key = HashKey.NONE;
  private long preferred;
  private boolean prefers;
  private @Nullable Endpoint first;
  private Endpoint[] further = NONE;
  private int attempts;

  private Demand demand = Demand.FIT;
  private EndpointGroup group = EndpointGroup.EMPTY;
  private long nanoTime;
  private boolean panic;
  private int maxActive;
  private long random;

  /**
   * Balances by a key.
   *
   * @param newKey {@link HashKey#NONE} for none
   */
  public void balanceBy(long newKey) {
    key = newKey;
  }

  /** Asks for an endpoint by its identity; what is none is ignored. */
  public void prefer(String identity) {
    try {
      preferred = Long.parseUnsignedLong(identity, 16);
      prefers = true;
    } catch (NumberFormatException foreign) {
      prefers = false;
    }
  }

  /** Remembers that the request was sent, or was to be sent, to an endpoint. */
  public void tried(Endpoint endpoint) {
    if (attempts == 0) {
      first = endpoint;
    } else {
      if (attempts > further.length) {
        further = Arrays.copyOf(further, attempts + 1);
      }
      further[attempts - 1] = endpoint;
    }
    attempts++;
  }

  /** How many endpoints were tried, one more than once counted so often. */
  public int attempts() {
    return attempts;
  }

  /** The endpoint of the last attempt, or null. */
  public @Nullable Endpoint last() {
    return attempts < 2 ? first : further[attempts - 2];
  }

  boolean hasTried(Endpoint endpoint) {
    if (attempts == 0) {
      return false;
    }
    for (int i = 0; i < attempts - 1; i++) {
      if (further[i] == endpoint) {
        return true;
      }
    }
    return first == endpoint;
  }

  /** Begins a choice. */
  void begin(EndpointGroup among, long now, boolean panics, int maxActivePerEndpoint, long seed) {
    group = among;
    nanoTime = now;
    panic = panics;
    maxActive = maxActivePerEndpoint;
    random = seed;
  }

  void demand(Demand next) {
    demand = next;
  }

  boolean accepts(Endpoint endpoint) {
    if (endpoint.active() >= maxActive) {
      return false;
    }
    if (demand == Demand.ANY) {
      return true;
    }
    if (hasTried(endpoint)) {
      return false;
    }
    if (demand == Demand.UNTRIED) {
      return true;
    }
    return !endpoint.isAvoided(nanoTime)
        && (panic || endpoint.isInService())
        && (demand == Demand.FIT || group.isInShare(endpoint, nanoTime, nextRandom()));
  }

  long nextRandom() {
    random = RandomSequence.next(random);
    return random;
  }

  long nanoTime() {
    return nanoTime;
  }

  long key() {
    return key;
  }

  boolean prefers() {
    return prefers;
  }

  long preferred() {
    return preferred;
  }
}
