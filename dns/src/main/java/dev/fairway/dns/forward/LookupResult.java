// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.cluster.ChaseResult;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordExpander;
import dev.fairway.dns.wire.UpstreamMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a lookup. Either made once and then unchanged, or the answer to cached questions
 * that one event loop refills.
 */
public final class LookupResult {
  private static final LookupResult FAILED = new LookupResult();
  private static final LookupResult OVERLOADED = new LookupResult();

  private @Nullable UpstreamMessage message;
  private long age;
  private long minTtl;
  private long maxTtl;
  private boolean stale;

  /** A result to be refilled; a failure until then. */
  public LookupResult() {}

  /** No upstream answered. */
  public static LookupResult failed() {
    return FAILED;
  }

  /** Too many lookups are under way. */
  static LookupResult overloaded() {
    return OVERLOADED;
  }

  /**
   * A response.
   *
   * @param age seconds to take off TTLs
   * @param minTtl no TTL is told below this, in seconds
   * @param maxTtl no TTL is told above this
   */
  LookupResult set(UpstreamMessage message, long age, long minTtl, long maxTtl) {
    this.message = message;
    this.age = age;
    this.minTtl = minTtl;
    this.maxTtl = maxTtl;
    this.stale = false;
    return this;
  }

  /** A response that is past its end. */
  LookupResult setStale(UpstreamMessage message, long ttl) {
    set(message, 0, ttl, ttl);
    this.stale = true;
    return this;
  }

  /** No upstream answers. */
  LookupResult setFailed() {
    message = null;
    stale = false;
    return this;
  }

  /** The response, null when no upstream gave one. */
  public @Nullable UpstreamMessage message() {
    return message;
  }

  /** Seconds to take off TTLs. */
  public long age() {
    return age;
  }

  /** No TTL is told below this, in seconds. */
  public long minTtl() {
    return minTtl;
  }

  /** No TTL is told above this, in seconds. */
  public long maxTtl() {
    return maxTtl;
  }

  /** The extended error that goes with the response, {@link Rcode#EDE_NONE} for none. */
  public int extendedError() {
    if (message == null) {
      return this == OVERLOADED ? Rcode.EDE_OTHER : Rcode.EDE_NO_REACHABLE_AUTHORITY;
    }
    return stale ? Rcode.EDE_STALE_ANSWER : Rcode.EDE_NONE;
  }

  /** The result as the rest of an answer of the cluster zone. */
  public ChaseResult toChase(Lookup lookup) {
    if (message == null
        || (message.rcode() != Rcode.NOERROR && message.rcode() != Rcode.NXDOMAIN)) {
      return ChaseResult.failed(lookup.target());
    }
    List<byte[]> records = RecordExpander.answers(message, age, minTtl, maxTtl);
    return records == null
        ? ChaseResult.failed(lookup.target())
        : new ChaseResult(lookup.target(), false, message.rcode(), records, message.isTruncated());
  }
}
