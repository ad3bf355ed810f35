// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.cluster.ChaseResult;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordExpander;
import dev.fairway.dns.wire.UpstreamMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a lookup.
 *
 * @param message the response, null when no upstream gave one
 * @param age seconds since it came
 */
public record LookupResult(@Nullable UpstreamMessage message, long age) {
  private static final LookupResult FAILED = new LookupResult(null, 0);

  /** No upstream answered. */
  public static LookupResult failed() {
    return FAILED;
  }

  /** The result as the rest of an answer of the cluster zone. */
  public ChaseResult toChase(Lookup lookup) {
    if (message == null
        || (message.rcode() != Rcode.NOERROR && message.rcode() != Rcode.NXDOMAIN)) {
      return ChaseResult.failed(lookup.target());
    }
    List<byte[]> records = RecordExpander.answers(message, age);
    return records == null
        ? ChaseResult.failed(lookup.target())
        : new ChaseResult(lookup.target(), false, message.rcode(), records, message.isTruncated());
  }
}
