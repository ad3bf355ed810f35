// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.MaglevTable;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a balancer needs to know about one list of candidates, prepared when the list changes, so
 * that a pick allocates nothing. Thread-safe.
 */
final class Choice {
  private static final int SCAN = 32;

  private final Balancer balancer;
  private final EndpointSet candidates;
  private final AtomicInteger turn;
  private final EndpointLoad @Nullable [] loads;
  private final @Nullable MaglevTable maglev;

  /**
   * Prepares for a list.
   *
   * @param turn the counter that goes round, shared by all lists of a port
   * @param known loads by endpoint; missing ones are added
   */
  Choice(
      Balancer balancer,
      EndpointSet candidates,
      AtomicInteger turn,
      Map<AvoidList.Key, EndpointLoad> known) {
    this.balancer = balancer;
    this.candidates = candidates;
    this.turn = turn;
    maglev =
        balancer == Balancer.MAGLEV && !candidates.isEmpty() ? MaglevTable.of(candidates) : null;
    if (balancer == Balancer.LEAST_CONNECTIONS) {
      loads = new EndpointLoad[candidates.size()];
      for (int i = 0; i < loads.length; i++) {
        loads[i] =
            known.computeIfAbsent(
                new AvoidList.Key(candidates.address(i), candidates.port(i)),
                _ -> new EndpointLoad());
      }
    } else {
      loads = null;
    }
  }

  /** Asks for the very list, as comparing endpoints would cost more than the pick. */
  @SuppressWarnings("ReferenceEquality")
  boolean isOf(EndpointSet set) {
    return candidates == set;
  }

  /** The load of a candidate, null if nobody asks for it. */
  @Nullable EndpointLoad load(int index) {
    return loads == null ? null : loads[index];
  }

  /** The index of a candidate, one that is not avoided if there is any. */
  int pick(IpAddress client, FastRandom random, AvoidList avoid) {
    return switch (balancer) {
      case RANDOM -> random(candidates, random, avoid);
      case ROUND_ROBIN ->
          next(candidates, Math.floorMod(turn.getAndIncrement(), candidates.size()), avoid);
      case LEAST_CONNECTIONS -> leastLoaded(random, avoid);
      case MAGLEV -> maglev(client, random, avoid);
    };
  }

  private int leastLoaded(FastRandom random, AvoidList avoid) {
    EndpointLoad[] all = loads;
    int size = candidates.size();
    int start = random.nextInt(size);
    if (all == null) {
      return start;
    }
    int best = -1;
    for (int step = 0; step < Math.min(size, SCAN); step++) {
      int i = size <= SCAN ? (start + step) % size : random.nextInt(size);
      if ((best < 0 || all[i].open() < all[best].open()) && !avoid.isAvoided(candidates, i)) {
        best = i;
      }
    }
    return best < 0 ? next(candidates, start, avoid) : best;
  }

  private int maglev(IpAddress client, FastRandom random, AvoidList avoid) {
    MaglevTable table = maglev;
    if (table == null) {
      return random(candidates, random, avoid);
    }
    for (int attempt = 0; attempt < SCAN; attempt++) {
      int index = table.pick(client, attempt);
      if (!avoid.isAvoided(candidates, index)) {
        return index;
      }
    }
    return next(candidates, table.pick(client, 0), avoid);
  }

  static int random(EndpointSet candidates, FastRandom random, AvoidList avoid) {
    int size = candidates.size();
    int first = random.nextInt(size);
    if (!avoid.isAvoided(candidates, first)) {
      return first;
    }
    for (int attempt = 0; attempt < 8; attempt++) {
      int other = random.nextInt(size);
      if (!avoid.isAvoided(candidates, other)) {
        return other;
      }
    }
    return next(candidates, first, avoid);
  }

  private static int next(EndpointSet candidates, int first, AvoidList avoid) {
    int size = candidates.size();
    for (int step = 0; step < size; step++) {
      int other = (first + step) % size;
      if (!avoid.isAvoided(candidates, other)) {
        return other;
      }
    }
    return first;
  }
}
