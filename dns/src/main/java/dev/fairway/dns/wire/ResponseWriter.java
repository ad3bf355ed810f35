// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Composes one response after the other into a byte array. Only whole records are written: a record
 * of the answer that does not fit sets TC, one of the additional section is left out (RFC 2181 9).
 * Confined to one event loop.
 *
 * <p>Owner names are compression pointers. {@link #QUESTION} points at the question, so a response
 * keeps the letter case the client used.
 */
public final class ResponseWriter {
  /** Pointer to the name in the question. */
  public static final int QUESTION = 0xc000 | Query.HEADER;

  /** The largest message, which is what TCP can carry. */
  public static final int MAX_MESSAGE = 65_535;

  private static final int POINTER_LIMIT = 0x4000;
  private static final int OPCODE = 0x7800;

  /** Offset of the class in a record whose owner is a pointer. */
  private static final int CLASS_AT = 4;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final byte[] SVC = {3, 's', 'v', 'c'};
  private static final byte[] ANY_CPU = "ANY obsoleted".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANY_OS = "See RFC 8482".getBytes(StandardCharsets.US_ASCII);

  private final byte[] out = new byte[MAX_MESSAGE];
  private final RecordOutput records = new RecordOutput(out);
  private final OptRecord opt;
  private Query query = new Query();
  private int limit;
  private int answers;
  private int authorities;
  private int additionals;
  private boolean truncated;
  private int rotation;
  private boolean authentic;
  private boolean truncatesAtAdditional;

  /**
   * A writer.
   *
   * @param ednsPayload octets of UDP payload to offer in OPT records
   * @param nsid what to answer to the NSID option; empty for no answer
   */
  public ResponseWriter(int ednsPayload, String nsid) {
    this.opt = new OptRecord(ednsPayload, nsid.getBytes(StandardCharsets.UTF_8));
  }

  /** Starts the response to {@code query}, which may have at most {@code max} octets. */
  public void begin(Query query, int max) {
    this.query = query;
    records.position(query.copyQuestion(out));
    this.answers = 0;
    this.authorities = 0;
    this.additionals = 0;
    this.truncated = false;
    this.authentic = false;
    this.truncatesAtAdditional = false;
    this.limit = Math.min(max, MAX_MESSAGE) - opt.begin(query);
  }

  /**
   * Sends a cookie with the response, to a query with one; to be called before records are written.
   *
   * @param client octets of the client cookie, the first one in the highest bits
   * @param high first half of the server cookie, likewise
   * @param low second half
   */
  public void cookie(long client, long high, long low) {
    limit -= opt.cookie(client, high, low);
  }

  /**
   * Tells how long the connection may be idle, if the client asks (RFC 7828); to be called before
   * records are written.
   *
   * @param tenths of a second, 0 to 65535
   */
  public void keepalive(int tenths) {
    if (query.wantsKeepalive()) {
      limit -= opt.keepalive(tenths);
    }
  }

  /**
   * Pads the message to a multiple of {@code block} octets, if the client pads its own (RFC 8467);
   * to be called before records are written.
   */
  public void pad(int block) {
    if (query.wantsPadding()) {
      limit -= opt.pad(block);
    }
  }

  /** The bytes written so far; valid until the next {@link #begin}. */
  public byte[] buffer() {
    return out;
  }

  /** The offset of the next record. */
  public int position() {
    return records.position();
  }

  /** Whether an additional record that does not fit sets TC too, as in CoreDNS. */
  public void truncateAtAdditional(boolean on) {
    truncatesAtAdditional = on;
  }

  /** Sets TC. */
  public void markTruncated() {
    truncated = true;
  }

  /** Attaches an extended error, sent when the client uses EDNS. */
  public void extendedError(int code) {
    opt.extendedError(code);
  }

  /** Drops every record written so far. */
  public void clearRecords() {
    records.position(Math.max(Query.HEADER, query.questionEnd()));
    answers = 0;
    authorities = 0;
    additionals = 0;
    truncated = false;
  }

  /** How many answer records there are. */
  public int answers() {
    return answers;
  }

  /** Adds an A record to the answer; false when it did not fit. */
  public boolean answerA(int owner, int ttl, int address) {
    if (!answerFits(16)) {
      return false;
    }
    records.a(owner, ttl, address);
    answers++;
    return true;
  }

  /** Adds an AAAA record to the answer; false when it did not fit. */
  public boolean answerAaaa(int owner, int ttl, long high, long low) {
    if (!answerFits(28)) {
      return false;
    }
    records.aaaa(owner, ttl, high, low);
    answers++;
    return true;
  }

  /**
   * Adds a record whose data is a name of the cluster zone to the answer: {@code label} (with
   * length octets; may be empty), {@code service} and the zone.
   *
   * @param zoneFrom offset of the zone in the name of the question, whose letter case is kept; -1
   *     to take {@code zone} as it is
   * @return the offset of the name in the message, or -1 when the record did not fit
   */
  public int answerName(
      int owner, int type, int ttl, byte[] label, byte[] service, int zoneFrom, WireName zone) {
    int size = label.length + service.length + zone.length();
    if (size > WireName.MAX_LENGTH || !answerFits(RecordOutput.HEAD + size)) {
      return -1;
    }
    records.head(owner, type, ttl, size);
    int at = records.position();
    records.bytes(label);
    records.bytes(service);
    records.zone(zone, query, zoneFrom);
    answers++;
    return at;
  }

  /**
   * Adds a PTR record for a name of a service to the answer; false when it did not fit.
   *
   * @param label array that starts with the first label; {@code length} 0 for none
   * @param service labels of the service and its namespace
   */
  public boolean answerPtr(int ttl, byte[] label, int length, byte[] service, WireName zone) {
    int size = length + service.length + SVC.length + zone.length();
    if (size > WireName.MAX_LENGTH || !answerFits(RecordOutput.HEAD + size)) {
      return false;
    }
    records.head(QUESTION, RecordType.PTR, ttl, size);
    records.bytes(label, 0, length);
    records.bytes(service);
    records.bytes(SVC);
    records.zone(zone, query, -1);
    answers++;
    return true;
  }

  /** Adds a CNAME to the answer; the offset of its target, or -1 when it did not fit. */
  public int answerCname(int owner, int ttl, byte[] target) {
    if (!answerFits(RecordOutput.HEAD + target.length)) {
      return -1;
    }
    records.head(owner, RecordType.CNAME, ttl, target.length);
    int at = records.position();
    records.bytes(target);
    answers++;
    return at;
  }

  /**
   * Adds an SRV record with priority 0. Its target is written out, not compressed (RFC 2782).
   *
   * @param labels array that holds the first label of the target from {@code from} to {@code to}
   * @return the offset of the target in the message, or -1 when the record did not fit
   */
  public int answerSrv(
      int owner, int ttl, Srv srv, byte[] labels, int from, int to, int zoneFrom, WireName zone) {
    int size = to - from + srv.service.length + zone.length();
    if (size > WireName.MAX_LENGTH || !answerFits(RecordOutput.HEAD + 6 + size)) {
      return -1;
    }
    records.head(owner, RecordType.SRV, ttl, 6 + size);
    records.int16(0);
    records.int16(srv.weight);
    records.int16(srv.port);
    int at = records.position();
    records.bytes(labels, from, to);
    records.bytes(srv.service);
    records.zone(zone, query, zoneFrom);
    answers++;
    return at;
  }

  /**
   * The fields of an SRV record that change slowly; refilled by its owner, so that none is made.
   */
  public static final class Srv {
    private byte[] service = new byte[0];
    private int weight;
    private int port;

    /** Sets the labels after the first one of the target, without the zone. */
    public void service(byte[] labels) {
      this.service = labels;
    }

    /** Sets the weight, 0 to 65535. */
    public void weight(int weight) {
      this.weight = weight;
    }

    /** Sets the port, 0 to 65535. */
    public void port(int port) {
      this.port = port;
    }
  }

  /** Adds a TXT record with one string to the answer. */
  public boolean answerTxt(int owner, int ttl, byte[] text) {
    if (!answerFits(RecordOutput.HEAD + 1 + text.length)) {
      return false;
    }
    records.head(owner, RecordType.TXT, ttl, 1 + text.length);
    records.string(text);
    answers++;
    return true;
  }

  /** Adds a TXT record of class CH, about the server itself, to the answer. */
  public void answerChaos(byte[] text) {
    int at = records.position() + CLASS_AT;
    if (answerTxt(QUESTION, 0, text)) {
      SHORT.set(out, at, (short) RecordType.CLASS_CH);
    }
  }

  /** Adds the HINFO record of RFC 8482, the answer to ANY. */
  public void answerAny(int owner, int ttl) {
    int size = 2 + ANY_CPU.length + ANY_OS.length;
    if (answerFits(RecordOutput.HEAD + size)) {
      records.head(owner, RecordType.HINFO, ttl, size);
      records.string(ANY_CPU);
      records.string(ANY_OS);
      answers++;
    }
  }

  /** Whether so many octets of records fit. */
  public boolean hasRoom(int octets) {
    return records.position() + octets <= limit;
  }

  /** Adds a whole, uncompressed record to the answer; false when it did not fit. */
  public boolean answerRecord(byte[] record) {
    if (!answerFits(record.length)) {
      return false;
    }
    records.bytes(record);
    answers++;
    return true;
  }

  /** Adds a whole, uncompressed record to the authority section, if it fits. */
  public void authorityRecord(byte[] record) {
    authorities += put(record) ? 1 : 0;
  }

  /** Adds a whole, uncompressed record to the additional section, if it fits. */
  public void additionalRecord(byte[] record) {
    additionals += put(record) ? 1 : 0;
  }

  private boolean put(byte[] record) {
    if (!hasRoom(record.length)) {
      return false;
    }
    records.bytes(record);
    return true;
  }

  /** Adds the SOA to the answer; see {@link #authoritySoa}. */
  public void answerSoa(int zoneOffset, int ttl, int serial, int minimum) {
    if (answerFits(SoaRecord.SIZE)) {
      SoaRecord.put(records, QUESTION + zoneOffset, ttl, serial, minimum);
      answers++;
    }
  }

  /**
   * Adds the SOA to the authority section.
   *
   * @param zoneOffset offset of the zone's name in the question's name
   */
  public void authoritySoa(int zoneOffset, int ttl, int serial, int minimum) {
    if (hasRoom(SoaRecord.SIZE)) {
      SoaRecord.put(records, QUESTION + zoneOffset, ttl, serial, minimum);
      authorities++;
    }
  }

  /** Adds an A record whose owner stands at {@code ownerAt} in the message, if it fits. */
  public boolean additionalA(int ownerAt, int ttl, int address) {
    int owner = ownerOf(ownerAt, 14);
    if (owner < 0) {
      truncated |= truncatesAtAdditional;
      return false;
    }
    if (owner > 0) {
      records.a(owner, ttl, address);
    } else {
      records.fields(RecordType.A, ttl, 4);
      records.int32(address);
    }
    additionals++;
    return true;
  }

  /** Adds an AAAA record whose owner stands at {@code ownerAt} in the message, if it fits. */
  public boolean additionalAaaa(int ownerAt, int ttl, long high, long low) {
    int owner = ownerOf(ownerAt, 26);
    if (owner < 0) {
      truncated |= truncatesAtAdditional;
      return false;
    }
    if (owner > 0) {
      records.aaaa(owner, ttl, high, low);
    } else {
      records.fields(RecordType.AAAA, ttl, 16);
      records.int64(high);
      records.int64(low);
    }
    additionals++;
    return true;
  }

  /**
   * Adds the records of an upstream's response to the same question.
   *
   * @param age seconds since it came, taken off every TTL
   * @param minTtl no TTL is told below this
   * @param maxTtl no TTL is told above this
   */
  public void foreign(UpstreamMessage message, long age, long minTtl, long maxTtl) {
    truncated |= message.isTruncated();
    int fit = ForeignRecords.fit(message, limit - records.position());
    truncated |= fit < message.answers();
    if (fit == 0) {
      return;
    }
    int end = ForeignRecords.copy(message, fit, rotation++, out, records.position());
    ForeignRecords.age(message, fit, age, minTtl, maxTtl, out, end);
    records.position(end);
    int answered = Math.min(fit, message.answers());
    int authority = Math.min(fit - answered, message.authorities());
    answers += answered;
    authorities += authority;
    additionals += fit - answered - authority;
  }

  /** Sets AD, if the client can make use of it. */
  public void authenticData(boolean checked) {
    authentic = checked && query.wantsAuthenticData();
  }

  /** A pointer to the name at {@code at}, 0 when the name was written out instead, -1: no room. */
  private int ownerOf(int at, int rest) {
    if (at < POINTER_LIMIT) {
      return hasRoom(2 + rest) ? 0xc000 | at : -1;
    }
    int end = Query.skipName(out, at, records.position());
    if (!hasRoom(end - at + rest)) {
      return -1;
    }
    records.bytes(out, at, end);
    return 0;
  }

  /**
   * Ends a response.
   *
   * @param authoritative sets AA
   * @param recursion sets RA
   * @return the length of the message in {@link #buffer()}
   */
  public int finish(int rcode, boolean authoritative, boolean recursion) {
    int flags = responseFlags();
    flags |= authoritative ? Query.FLAG_AA : 0;
    flags |= recursion ? Query.FLAG_RA : 0;
    flags |= authentic ? Query.FLAG_AD : 0;
    flags |= truncated ? Query.FLAG_TC : 0;
    SHORT.set(out, 2, (short) (flags | (rcode & 15)));
    SHORT.set(out, 4, (short) (query.questionEnd() > 0 ? 1 : 0));
    SHORT.set(out, 6, (short) answers);
    SHORT.set(out, 8, (short) authorities);
    if (query.hasEdns()) {
      records.position(opt.put(out, records.position(), query, rcode));
      additionals++;
    }
    SHORT.set(out, 10, (short) additionals);
    return records.position();
  }

  /** Ends a response that is a header with an error, without question (RFC 1035 4.1.1). */
  public int finishHeaderOnly(int rcode) {
    SHORT.set(out, 2, (short) (responseFlags() | (rcode & 15)));
    LONG.set(out, 4, 0L);
    return Query.HEADER;
  }

  /** The flags that are those of the query. */
  private int responseFlags() {
    return Query.FLAG_QR | (query.flags() & (OPCODE | Query.FLAG_RD | Query.FLAG_CD));
  }

  private boolean answerFits(int size) {
    if (!hasRoom(size)) {
      truncated = true;
      return false;
    }
    return true;
  }

  /** A copy of the message of {@code length} octets. */
  public byte[] copy(int length) {
    return Arrays.copyOf(out, length);
  }
}
