// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NAPTRRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/** Changes a response that was made for another question. Not for the fast path. */
public final class ResponseEditor {
  private static final int[] SECTIONS = {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL};

  /** What is changed. Names are text with a trailing dot. */
  public interface Edit {
    /** The query whose question the response is to have. */
    byte[] original();

    /** The name that a record is to have. */
    String owner(String name);

    /** The name that stands in a record's data. */
    String value(String name);

    /** The TTL, in seconds. */
    long ttl(long ttl);

    /** The response code. */
    int rcode(int rcode);
  }

  private ResponseEditor() {}

  /**
   * The changed response, null when it could not be made: a changed name is not one.
   *
   * @param max octets it may have; what does not fit is left out and TC set
   */
  public static byte @Nullable [] edit(byte[] response, Edit edit, int max) {
    try {
      Message made = new Message(response);
      Message query = new Message(edit.original());
      Message edited = new Message(query.getHeader().getID());
      copyFlags(made, edited);
      edited.getHeader().setRcode(edit.rcode(made.getHeader().getRcode()));
      edited.addRecord(query.getQuestion(), Section.QUESTION);
      for (int section : SECTIONS) {
        List<Record> records = made.getSection(section);
        for (Record record : records) {
          edited.addRecord(edit(record, edit), section);
        }
      }
      return edited.toWire(max);
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static void copyFlags(Message from, Message to) {
    for (int flag = 0; flag < 16; flag++) {
      if ((flag == 0 || (flag >= 5 && flag <= 11)) && from.getHeader().getFlag(flag)) {
        to.getHeader().setFlag(flag);
      }
    }
  }

  private static Record edit(Record record, Edit edit) throws TextParseException {
    if (record instanceof OPTRecord) {
      return record;
    }
    Name owner = name(edit.owner(record.getName().toString()), record.getName());
    long ttl = edit.ttl(record.getTTL());
    int dclass = record.getDClass();
    return switch (record) {
      case CNAMERecord r -> new CNAMERecord(owner, dclass, ttl, value(r.getTarget(), edit));
      case DNAMERecord r -> new DNAMERecord(owner, dclass, ttl, value(r.getTarget(), edit));
      case NSRecord r -> new NSRecord(owner, dclass, ttl, value(r.getTarget(), edit));
      case PTRRecord r -> new PTRRecord(owner, dclass, ttl, value(r.getTarget(), edit));
      case MXRecord r ->
          new MXRecord(owner, dclass, ttl, r.getPriority(), value(r.getTarget(), edit));
      case SRVRecord r ->
          new SRVRecord(
              owner,
              dclass,
              ttl,
              r.getPriority(),
              r.getWeight(),
              r.getPort(),
              value(r.getTarget(), edit));
      case NAPTRRecord r ->
          new NAPTRRecord(
              owner,
              dclass,
              ttl,
              r.getOrder(),
              r.getPreference(),
              r.getFlags(),
              r.getService(),
              r.getRegexp(),
              value(r.getReplacement(), edit));
      case SOARecord r ->
          new SOARecord(
              owner,
              dclass,
              ttl,
              value(r.getHost(), edit),
              value(r.getAdmin(), edit),
              r.getSerial(),
              r.getRefresh(),
              r.getRetry(),
              r.getExpire(),
              r.getMinimum());
      default ->
          Record.newRecord(owner, record.getType(), dclass, ttl, record.rdataToWireCanonical());
    };
  }

  private static Name value(Name name, Edit edit) throws TextParseException {
    return name(edit.value(name.toString()), name);
  }

  private static Name name(String text, Name last) throws TextParseException {
    return text.equals(last.toString()) ? last : Name.fromString(text, Name.root);
  }
}
