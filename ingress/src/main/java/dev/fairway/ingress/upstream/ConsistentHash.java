// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.HashKey;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint that the request's key belongs to, or one of several at random; any one where the
 * request has no key.
 */
final class ConsistentHash implements Balancer {
  /** Where so many places in a row belong to endpoints that are not acceptable, any other does. */
  private static final int MAX_ATTEMPTS = 32;

  private final int subset;

  /**
   * @param subset how many endpoints share the requests of a key
   */
  ConsistentHash(int subset) {
    this.subset = subset;
  }

  @Override
  public @Nullable Endpoint pick(EndpointGroup group, Selection selection) {
    HashTable table = group.table();
    if (selection.key() == HashKey.NONE || table == null) {
      return group.draw(selection);
    }
    if (subset > 1) {
      Endpoint one = oneOfSubset(group, table, selection);
      if (one != null) {
        return one;
      }
    }
    int owner = 0;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      owner = table.owner(selection.key(), attempt);
      if (selection.accepts(group.get(owner))) {
        return group.get(owner);
      }
    }
    return group.from(owner, selection);
  }

  /** A random acceptable one of the first different owners of the key, or null. */
  private @Nullable Endpoint oneOfSubset(
      EndpointGroup group, HashTable table, Selection selection) {
    int[] members = new int[Math.min(subset, group.size())];
    int found = 0;
    for (int attempt = 0; found < members.length && attempt < subset * MAX_ATTEMPTS; attempt++) {
      int owner = table.owner(selection.key(), attempt);
      boolean known = false;
      for (int i = 0; i < found; i++) {
        known |= members[i] == owner;
      }
      if (!known) {
        members[found++] = owner;
      }
    }
    int start = RandomSequence.below(selection.nextRandom(), found);
    for (int i = 0; i < found; i++) {
      Endpoint candidate = group.get(members[(start + i) % found]);
      if (selection.accepts(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
