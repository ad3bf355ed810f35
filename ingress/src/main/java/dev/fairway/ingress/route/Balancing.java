// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * Which endpoint takes a request.
 *
 * @param algorithm how endpoints are chosen
 * @param hashKey what consistent hashing hashes, see {@link HashKey}; else ""
 */
public record Balancing(Algorithm algorithm, String hashKey) {
  /** In turn. */
  public static final Balancing ROUND_ROBIN = new Balancing(Algorithm.ROUND_ROBIN, "");

  /**
   * @throws IllegalArgumentException where the hash key cannot be compiled
   */
  public Balancing {
    if (!hashKey.isEmpty()) {
      HashKey.compile(hashKey);
    }
  }

  /** How endpoints are chosen. */
  public enum Algorithm {
    ROUND_ROBIN,
    RANDOM,
    /** The less busy one of two. */
    LEAST_REQUEST,
    /** The faster one of two, by a moving average of response times that remembers peaks. */
    EWMA,
    RING_HASH,
    MAGLEV
  }
}
