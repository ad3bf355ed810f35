// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Takes records out of a message, so that they can stand in another one. */
public final class RecordExpander {
  private RecordExpander() {}

  /**
   * The records of the answer section without compression, or null when one is malformed.
   *
   * @param age seconds taken off every TTL
   * @param minTtl no TTL is told below this
   * @param maxTtl no TTL is told above this
   */
  public static @Nullable List<byte[]> answers(
      UpstreamMessage message, long age, long minTtl, long maxTtl) {
    int end =
        message.answers() == 0 ? message.questionEnd() : message.recordTo(message.answers() - 1);
    byte[] bytes = java.util.Arrays.copyOf(message.bytes(), end);
    for (int at = 8; at < Query.HEADER; at++) {
      bytes[at] = 0;
    }
    try {
      List<byte[]> records = new ArrayList<>();
      for (Record record : new Message(bytes).getSection(Section.ANSWER)) {
        byte[] wire = record.toWire(Section.ANSWER);
        int ttlAt = record.getName().length() + 4;
        long ttl = Math.clamp(UpstreamMessage.ttlOf(wire, ttlAt) - age, minTtl, maxTtl);
        for (int i = 0; i < 4; i++) {
          wire[ttlAt + i] = (byte) (ttl >>> (24 - 8 * i));
        }
        records.add(wire);
      }
      return records;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }
}
