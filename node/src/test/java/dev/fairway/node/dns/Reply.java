// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What a response says, without what may differ from one time to the next: the order of records and
 * the serial of the zone.
 *
 * @param answer records with owner, TTL, type and data, and so the other sections
 */
record Reply(
    String rcode,
    boolean authoritative,
    boolean truncated,
    boolean recursion,
    Set<String> answer,
    Set<String> authority,
    Set<String> additional) {

  static Reply of(Message message) {
    return new Reply(
        Rcode.string(message.getRcode()),
        message.getHeader().getFlag(Flags.AA),
        message.getHeader().getFlag(Flags.TC),
        message.getHeader().getFlag(Flags.RA),
        records(message, Section.ANSWER),
        records(message, Section.AUTHORITY),
        records(message, Section.ADDITIONAL));
  }

  private static Set<String> records(Message message, int section) {
    Set<String> records = new TreeSet<>();
    for (Record record : message.getSection(section)) {
      if (record.getType() == Type.OPT) {
        continue;
      }
      String data =
          record instanceof SOARecord soa
              ? soa.getHost()
                  + " "
                  + soa.getAdmin()
                  + " <serial> "
                  + soa.getRefresh()
                  + " "
                  + soa.getRetry()
                  + " "
                  + soa.getExpire()
                  + " "
                  + soa.getMinimum()
              : record.rdataToString();
      String owner = record.getName().toString();
      // Ours may come from the cache.
      String ttl =
          owner.toLowerCase(Locale.ROOT).endsWith("ext.test.")
              ? "<ttl>"
              : Long.toString(record.getTTL());
      String text = owner + " " + ttl + " " + Type.string(record.getType()) + " " + data;
      if (!records.add(text)) {
        records.add("TWICE " + text);
      }
    }
    return records;
  }

  /** The last word of a record. */
  static String data(String record) {
    return record.substring(record.lastIndexOf(' ') + 1);
  }

  boolean hasNoAnswer() {
    return answer.isEmpty();
  }

  Reply withRcode(String code) {
    return new Reply(code, authoritative, truncated, recursion, answer, authority, additional);
  }

  Reply withRecursion(boolean on) {
    return new Reply(rcode, authoritative, truncated, on, answer, authority, additional);
  }

  Reply withTruncated(boolean on) {
    return new Reply(rcode, authoritative, on, recursion, answer, authority, additional);
  }

  Reply withAnswer(Set<String> records) {
    return new Reply(rcode, authoritative, truncated, recursion, records, authority, additional);
  }

  Reply withAuthority(Set<String> records) {
    return new Reply(rcode, authoritative, truncated, recursion, answer, records, additional);
  }

  Reply withAdditional(Set<String> records) {
    return new Reply(rcode, authoritative, truncated, recursion, answer, authority, records);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(rcode);
    text.append(authoritative ? " aa" : "").append(truncated ? " tc" : "");
    text.append(recursion ? " ra" : "");
    answer.forEach(record -> text.append("\n      answer     ").append(record));
    authority.forEach(record -> text.append("\n      authority  ").append(record));
    additional.forEach(record -> text.append("\n      additional ").append(record));
    return text.toString();
  }
}
