// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A response of an upstream, checked and indexed, so that it can be sent on with smaller TTLs and
 * be cut at a record. Immutable.
 */
public final class UpstreamMessage {
  private static final int MAX_RECORDS = 8192;

  private final byte[] message;
  private final int questionEnd;
  private final int[] recordEnd;
  private final int[] ttlAt;
  private final int answers;
  private final int authorities;
  private final int rcode;
  private final long minTtl;
  private final boolean negative;

  /** The first of the answer's last addresses, which are all of one size. */
  private final int addresses;

  private UpstreamMessage(
      byte[] message, int questionEnd, Index index, int answers, int authorities, int rcode) {
    this.message = message;
    this.questionEnd = questionEnd;
    this.recordEnd = Arrays.copyOf(index.recordEnd, index.count);
    this.ttlAt = Arrays.copyOf(index.ttlAt, index.count);
    this.answers = answers;
    this.authorities = authorities;
    this.rcode = rcode;
    this.negative = rcode == Rcode.NXDOMAIN || !index.hasAnswerOfType;
    this.minTtl = negative ? index.negativeTtl : index.minTtl;
    this.addresses = firstAddress();
  }

  private int firstAddress() {
    int first = answers;
    while (first > 0 && isAddress(first - 1)) {
      first--;
    }
    return first;
  }

  /** Whether a record is an address with a compressed owner, as the answer's last one. */
  private boolean isAddress(int i) {
    int from = recordFrom(i);
    int last = recordFrom(answers - 1);
    int type = Query.u16(message, from + 2);
    return (message[from] & 0xc0) == 0xc0
        && (type == RecordType.A || type == RecordType.AAAA)
        && Query.u16(message, last) == Query.u16(message, from)
        && Query.u16(message, last + 2) == type
        && recordTo(i) - from == recordTo(answers - 1) - last;
  }

  /** How a message and a question belong together. */
  public enum Match {
    /** It is something else: another identifier, opcode, name, type or class, or no response. */
    NONE,
    /** It is the response, but its question has other letter case. */
    FOLDED,
    /** It is the response. */
    EXACT
  }

  /**
   * Whether {@code message} is the response to {@code request}.
   *
   * @param questionEnd where the question of the request ends
   */
  public static Match match(byte[] message, int length, byte[] request, int questionEnd) {
    int type = questionEnd - 4;
    if (length < questionEnd
        || Query.u16(message, 0) != Query.u16(request, 0)
        || (Query.u16(message, 2) & (Query.FLAG_QR | 0x7800)) != Query.FLAG_QR
        || Query.u16(message, 4) != 1
        || Query.u16(message, type) != Query.u16(request, type)
        || Query.u16(message, type + 2) != Query.u16(request, type + 2)) {
      return Match.NONE;
    }
    Match match = Match.EXACT;
    for (int i = Query.HEADER; i < type; i++) {
      if (message[i] != request[i]) {
        if (WireName.fold(message[i]) != WireName.fold(request[i])) {
          return Match.NONE;
        }
        match = Match.FOLDED;
      }
    }
    return match;
  }

  /** Whether {@code message} is what servers that do not understand a request may say to it. */
  public static boolean isBareFormerr(byte[] message, int length, byte[] request) {
    return length == Query.HEADER
        && Query.u16(message, 0) == Query.u16(request, 0)
        && (Query.u16(message, 2) & (Query.FLAG_QR | 0x780f)) == (Query.FLAG_QR | Rcode.FORMERR)
        && Query.u16(message, 4) == 0;
  }

  /** Whether the TC bit is set. */
  public static boolean isTruncated(byte[] message) {
    return (Query.u16(message, 2) & Query.FLAG_TC) != 0;
  }

  /**
   * Checks and indexes a message that {@link #matches} a question with a name of {@code nameLength}
   * octets; null when it is malformed. OPT and whatever follows it is left out.
   */
  public static @Nullable UpstreamMessage parse(byte[] message, int length, int nameLength) {
    int questionEnd = Query.HEADER + nameLength + 4;
    int type = Query.u16(message, questionEnd - 4);
    int answers = Query.u16(message, 6);
    int authorities = Query.u16(message, 8);
    int total = answers + authorities + Query.u16(message, 10);
    if (total > MAX_RECORDS) {
      return null;
    }
    Index index = new Index(Math.min(total, length / 11));
    int extended = index.read(message, length, questionEnd, total, answers, type, authorities);
    if (extended < 0) {
      return null;
    }
    if (index.otherOwners) {
      byte[] scrubbed = AnswerScrubber.scrub(message, length);
      if (scrubbed == null) {
        return null;
      }
      if (scrubbed.length > 0) {
        return parse(scrubbed, scrubbed.length, nameLength);
      }
    }
    int end = index.count == 0 ? questionEnd : index.recordEnd[index.count - 1];
    int rcode = extended << 4 | (Query.u16(message, 2) & 15);
    byte[] kept = Arrays.copyOf(message, end);
    foldQuestion(kept, questionEnd - 4, index);
    return new UpstreamMessage(kept, questionEnd, index, answers, authorities, rcode);
  }

  /**
   * The letter case of the question was ours, made up for this upstream; neither it nor what an
   * upstream that does not compress made of it is for clients to see.
   */
  private static void foldQuestion(byte[] message, int nameEnd, Index index) {
    for (int i = Query.HEADER; i < nameEnd; i++) {
      message[i] = WireName.fold(message[i]);
    }
    int size = nameEnd - Query.HEADER;
    int owner = nameEnd + 4;
    for (int record = 0; record < index.count; record++) {
      if (owner + size <= message.length && isQuestion(message, owner, size)) {
        System.arraycopy(message, Query.HEADER, message, owner, size);
      }
      owner = index.recordEnd[record];
    }
  }

  private static boolean isQuestion(byte[] message, int owner, int size) {
    for (int i = 0; i < size; i++) {
      if (WireName.fold(message[owner + i]) != message[Query.HEADER + i]) {
        return false;
      }
    }
    return true;
  }

  /** The response code, with the extended part. */
  public int rcode() {
    return rcode;
  }

  /** Whether the upstream says that it checked the answer. */
  public boolean isAuthenticData() {
    return (Query.u16(message, 2) & Query.FLAG_AD) != 0;
  }

  /** Whether the TC bit is set. */
  public boolean isTruncated() {
    return isTruncated(message);
  }

  /** Whether the AA bit is set. */
  public boolean isAuthoritative() {
    return (Query.u16(message, 2) & Query.FLAG_AA) != 0;
  }

  /** Whether the answer is that there is nothing (RFC 2308). */
  public boolean isNegative() {
    return negative;
  }

  /**
   * Seconds for which the answer may be kept; of a negative one what its SOA says, 0 without SOA.
   */
  public long ttl() {
    return minTtl;
  }

  /** Octets it takes up. */
  public int size() {
    return message.length + 8 * recordEnd.length + 128;
  }

  /** How many records there are in the answer section. */
  public int answers() {
    return answers;
  }

  /** The first of the addresses at the end of the answer section that may stand in any order. */
  int firstAddressAt() {
    return addresses;
  }

  int authorities() {
    return authorities;
  }

  int records() {
    return recordEnd.length;
  }

  int questionEnd() {
    return questionEnd;
  }

  int recordFrom(int i) {
    return i == 0 ? questionEnd : recordEnd[i - 1];
  }

  int recordTo(int i) {
    return recordEnd[i];
  }

  int ttlAt(int i) {
    return ttlAt[i];
  }

  byte[] bytes() {
    return message;
  }

  static long ttlOf(byte[] message, int at) {
    long ttl = (long) Query.u16(message, at) << 16 | Query.u16(message, at + 2);
    return ttl > Integer.MAX_VALUE ? 0 : ttl;
  }

  /** Where records end, and what their TTLs come to. */
  private static final class Index {
    int[] recordEnd;
    int[] ttlAt;
    int count;
    boolean hasAnswerOfType;

    /** Whether an answer's owner is anything but a pointer to the question. */
    boolean otherOwners;

    long minTtl = Integer.MAX_VALUE;
    long negativeTtl;

    Index(int capacity) {
      recordEnd = new int[capacity];
      ttlAt = new int[capacity];
    }

    /** The upper bits of the response code, or -1 when a record is malformed. */
    int read(
        byte[] message,
        int length,
        int questionEnd,
        int total,
        int answers,
        int type,
        int authorities) {
      int at = questionEnd;
      for (int i = 0; i < total; i++) {
        otherOwners |= i < answers && !(at + 1 < length && Query.u16(message, at) == 0xc00c);
        at = Query.skipName(message, at, length);
        if (at < 0 || at + 10 > length) {
          return -1;
        }
        int end = at + 10 + Query.u16(message, at + 8);
        if (end > length) {
          return -1;
        }
        int recordType = Query.u16(message, at);
        if (recordType == RecordType.OPT) {
          return i < answers + authorities ? -1 : message[at + 4] & 0xff;
        }
        long ttl = ttlOf(message, at + 4);
        minTtl = Math.min(minTtl, ttl);
        if (i < answers) {
          hasAnswerOfType |= recordType == type || type == RecordType.ANY;
        } else if (i < answers + authorities && recordType == RecordType.SOA && end - at >= 30) {
          negativeTtl = Math.min(ttl, ttlOf(message, end - 4));
        }
        recordEnd[count] = end;
        ttlAt[count++] = at + 4;
        at = end;
      }
      return 0;
    }
  }
}
