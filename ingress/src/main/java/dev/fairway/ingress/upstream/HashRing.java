// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Hashes;
import java.util.Arrays;

/** A ring of points, many for each endpoint; a key belongs to the next point. */
final class HashRing implements HashTable {
  private static final int LEAST_POINTS = 1024;
  private static final int POINTS_PER_ENDPOINT = 160;
  private static final int MOST_POINTS = 1 << 20;
  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  /** Each a hash in the upper 40 bits, the index of its endpoint in the lower 24. */
  private final long[] points;

  private static final int INDEX_BITS = 24;

  /**
   * @param ids of the endpoints, at least one
   */
  HashRing(long[] ids) {
    int each = Math.ceilDiv(LEAST_POINTS, ids.length);
    each = Math.max(each, Math.min(POINTS_PER_ENDPOINT, MOST_POINTS / ids.length));
    points = new long[Math.multiplyExact(ids.length, Math.max(1, each))];
    int at = 0;
    for (int i = 0; i < ids.length; i++) {
      for (int k = 0; at < (i + 1) * (points.length / ids.length); k++) {
        points[at++] = Hashes.mix(ids[i] + k * STEP) >>> INDEX_BITS << INDEX_BITS | i;
      }
    }
    Arrays.sort(points);
  }

  @Override
  public int owner(long key, int attempt) {
    int at = Arrays.binarySearch(points, key >>> INDEX_BITS << INDEX_BITS);
    at = at < 0 ? -at - 1 : at;
    return (int) points[(at + attempt) % points.length] & ((1 << INDEX_BITS) - 1);
  }

  int size() {
    return points.length;
  }
}
