// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * How long answers of a route are kept.
 *
 * @param positive bounds for answers with records
 * @param negative bounds for NXDOMAIN and NODATA
 * @param failureTtl seconds for which a failure is remembered, 0 to 300 (RFC 9520)
 * @param prefetch when an answer is fetched again before it ends
 * @param stale what happens with answers after their end
 * @param keepTtl tell clients the TTL that came, not what is left of it
 */
public record CachePolicy(
    Bounds positive,
    Bounds negative,
    int failureTtl,
    Prefetch prefetch,
    Stale stale,
    boolean keepTtl) {
  /**
   * Bounds of TTLs.
   *
   * @param minTtl seconds; smaller TTLs are raised to it
   * @param maxTtl seconds; larger TTLs are cut to it, 0 keeps nothing
   * @param only zones whose answers are kept, none for all
   * @param except zones whose answers are not kept
   */
  public record Bounds(int minTtl, int maxTtl, List<String> only, List<String> except) {
    public Bounds {
      only = List.copyOf(only);
      except = List.copyOf(except);
      if (minTtl < 0 || maxTtl < 0 || (maxTtl > 0 && minTtl > maxTtl)) {
        throw new IllegalArgumentException(
            "TTLs must be 0 <= min <= max, not " + minTtl + ", " + maxTtl);
      }
    }

    /** TTLs as they come, cut to {@code maxTtl}, for all zones. */
    public static Bounds upTo(int maxTtl) {
      return new Bounds(0, maxTtl, List.of(), List.of());
    }

    /** The seconds for which an answer with this TTL is kept; 0 for not at all. */
    long clamp(long ttl) {
      return maxTtl == 0 ? 0 : Math.clamp(ttl, minTtl, maxTtl);
    }
  }

  /**
   * When an answer is fetched again before it ends.
   *
   * @param hits an answer must have had, with no gap longer than {@code window}; 0 for never
   * @param window the gap
   * @param percent of the TTL that is left when it is fetched, 10 to 90
   */
  public record Prefetch(int hits, Duration window, int percent) {
    /** Never. */
    public static final Prefetch NONE = new Prefetch(0, Duration.ofMinutes(1), 10);
  }

  /**
   * What happens with answers after their end (RFC 8767).
   *
   * @param max for how long they may be used; zero for never
   * @param patience for how long a client waits for a new answer before it gets the old one; zero
   *     for not at all
   * @param ttl seconds that are told to the client with an old answer
   * @param recheck after an upstream failed, it is not asked again for that time
   * @param preferPositive an old answer with records is used before a new one without
   */
  public record Stale(
      Duration max, Duration patience, int ttl, Duration recheck, boolean preferPositive) {
    /** Never. */
    public static final Stale NONE =
        new Stale(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO, false);

    /** As RFC 8767 recommends: a day, 1.8 s, TTL 30, 30 s. */
    public static final Stale RFC_8767 =
        new Stale(Duration.ofDays(1), Duration.ofMillis(1800), 30, Duration.ofSeconds(30), false);

    boolean isOn() {
      return max.isPositive();
    }
  }

  /** An hour for records, half an hour for their absence, a second for failures; RFC 8767. */
  public static final CachePolicy DEFAULT =
      new CachePolicy(
          Bounds.upTo(3600), Bounds.upTo(1800), 1, Prefetch.NONE, Stale.RFC_8767, false);

  /** Nothing is kept but failures, for a second. */
  public static final CachePolicy NONE =
      new CachePolicy(Bounds.upTo(0), Bounds.upTo(0), 1, Prefetch.NONE, Stale.NONE, false);

  public CachePolicy {
    if (failureTtl < 0 || failureTtl > 300) {
      throw new IllegalArgumentException("failureTtl must be in [0, 300], not " + failureTtl);
    }
  }

  /** With other bounds for answers with records. */
  public CachePolicy withPositive(Bounds bounds) {
    return with(fields -> fields.positive = bounds);
  }

  /** With other bounds for answers without records. */
  public CachePolicy withNegative(Bounds bounds) {
    return with(fields -> fields.negative = bounds);
  }

  /** With another time for failures. */
  public CachePolicy withFailureTtl(int seconds) {
    return with(fields -> fields.failureTtl = seconds);
  }

  /** With another prefetch. */
  public CachePolicy withPrefetch(Prefetch other) {
    return with(fields -> fields.prefetch = other);
  }

  /** With another use of old answers. */
  public CachePolicy withStale(Stale other) {
    return with(fields -> fields.stale = other);
  }

  /** With TTLs as they came. */
  public CachePolicy withKeepTtl(boolean on) {
    return with(fields -> fields.keepTtl = on);
  }

  private CachePolicy with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.policy();
  }

  /** The same, to be changed. */
  private static final class Fields {
    Bounds positive;
    Bounds negative;
    int failureTtl;
    Prefetch prefetch;
    Stale stale;
    boolean keepTtl;

    Fields(CachePolicy policy) {
      positive = policy.positive;
      negative = policy.negative;
      failureTtl = policy.failureTtl;
      prefetch = policy.prefetch;
      stale = policy.stale;
      keepTtl = policy.keepTtl;
    }

    CachePolicy policy() {
      return new CachePolicy(positive, negative, failureTtl, prefetch, stale, keepTtl);
    }
  }
}
