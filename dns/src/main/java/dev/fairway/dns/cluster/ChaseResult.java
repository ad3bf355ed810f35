// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.ResponseWriter;
import java.util.List;

/**
 * What an upstream said about the target of an ExternalName service.
 *
 * @param target the name that was looked up, in the wire form the service gave
 * @param failed whether no upstream answered
 * @param rcode of the upstream's answer
 * @param records whole, uncompressed records of its answer section
 * @param truncated whether records are missing
 */
public record ChaseResult(
    byte[] target, boolean failed, int rcode, List<byte[]> records, boolean truncated) {
  public ChaseResult {
    records = List.copyOf(records);
  }

  /** The result when nobody answered. */
  public static ChaseResult failed(byte[] target) {
    return new ChaseResult(target, true, 0, List.of(), false);
  }

  /** Adds the records to an answer, as far as they fit. */
  public void writeTo(ResponseWriter out) {
    for (byte[] record : records) {
      if (!out.answerRecord(record)) {
        break;
      }
    }
    if (truncated) {
      out.markTruncated();
    }
  }
}
