// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.ResponseWriter;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A zone transfer under way: what is left of one snapshot. Confined to its event loop. */
final class Transfer {
  private final byte[] question;
  private final Client client;
  private final Iterator<byte[]> records;
  private final Runnable atEnd;
  private byte @Nullable [] held;
  private boolean ended;

  /**
   * A transfer.
   *
   * @param question the message that asked for it
   * @param atEnd called once, however it ends
   */
  Transfer(byte[] question, Client client, Iterator<byte[]> records, Runnable atEnd) {
    this.question = question;
    this.client = client;
    this.records = records;
    this.atEnd = atEnd;
  }

  byte[] question() {
    return question;
  }

  Client client() {
    return client;
  }

  /** Whether there are records that have not been sent. */
  boolean hasNext() {
    return held != null || records.hasNext();
  }

  /** Writes as many records as have room. */
  void writeTo(ResponseWriter out) {
    while (hasNext()) {
      byte[] record = held == null ? records.next() : held;
      if (!out.hasRoom(record.length)) {
        held = record;
        return;
      }
      out.answerRecord(record);
      held = null;
    }
  }

  /** Nothing more will be sent. */
  void end() {
    if (!ended) {
      ended = true;
      atEnd.run();
    }
  }
}
