// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * Which endpoint takes a request.
 *
 * @param algorithm how endpoints are chosen
 * @param hashKey what consistent hashing hashes, see {@link VariableText}; else ""
 * @param subset how many endpoints share the requests of a key, at random; 1 to 64
 */
public record Balancing(Algorithm algorithm, String hashKey, int subset) {
  private static final int MOST = 64;

  /** In turn. */
  public static final Balancing ROUND_ROBIN = new Balancing(Algorithm.ROUND_ROBIN, "");

  /**
   * @throws IllegalArgumentException where the hash key cannot be compiled
   */
  public Balancing {
    if (subset < 1 || subset > MOST) {
      throw new IllegalArgumentException("subset: " + subset + " (expected: 1 to 64)");
    }
    if (!hashKey.isEmpty()) {
      HashKey.compile(hashKey);
    }
  }

  /** One endpoint for each key. */
  public Balancing(Algorithm algorithm, String hashKey) {
    this(algorithm, hashKey, 1);
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
