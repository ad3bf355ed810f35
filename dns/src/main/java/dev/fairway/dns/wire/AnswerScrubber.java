// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Leaves out of an answer the records that do not belong to the question: those that neither the
 * name itself nor the aliases it leads to have. For answers with owners other than the question.
 */
final class AnswerScrubber {
  private AnswerScrubber() {}

  /** The message without them, no octets where there are none, null when it is malformed. */
  static byte @Nullable [] scrub(byte[] message, int length) {
    try {
      Message parsed = new Message(java.util.Arrays.copyOf(message, length));
      Record question = parsed.getQuestion();
      if (question == null) {
        return null;
      }
      List<Record> answer = List.copyOf(parsed.getSection(Section.ANSWER));
      Set<Name> reachable = reachable(question.getName(), answer);
      boolean removed = false;
      for (Record record : answer) {
        if (!reachable.contains(record.getName()) && !(record instanceof DNAMERecord)) {
          parsed.removeRecord(record, Section.ANSWER);
          removed = true;
        }
      }
      return removed ? parsed.toWire() : new byte[0];
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static Set<Name> reachable(Name question, List<Record> answer) {
    Set<Name> reachable = new HashSet<>();
    reachable.add(question);
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Record record : answer) {
        if (record instanceof CNAMERecord alias && reachable.contains(alias.getName())) {
          grown |= reachable.add(alias.getTarget());
        }
      }
    }
    return reachable;
  }
}
