// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * One received query, parsed by hand. A single object is refilled for every message of an event
 * loop and is confined to it; the received bytes are referred to, not copied.
 */
public final class Query {
  /** Octets of the message header. */
  public static final int HEADER = 12;

  /** The smallest UDP payload every client takes (RFC 1035 4.2.1). */
  public static final int MIN_UDP_PAYLOAD = 512;

  /** Octets of a cookie without the part of a server (RFC 7873 4). */
  public static final int MIN_COOKIE = 8;

  /** What is to be done with a message. */
  public enum Verdict {
    /** A well-formed question of class IN. */
    ANSWER,
    /** No question, but a cookie to be checked or given (RFC 7873 5.4). */
    COOKIE_ONLY,
    /** A well-formed question of class CH, about the server itself. */
    CHAOS,
    /** Not a query, or too short to reply to. */
    DROP,
    FORMERR,
    NOTIMP,
    BADVERS,
    REFUSED
  }

  static final int FLAG_QR = 0x8000;
  static final int FLAG_AA = 0x0400;
  static final int FLAG_TC = 0x0200;
  static final int FLAG_RD = 0x0100;
  static final int FLAG_RA = 0x0080;
  static final int FLAG_AD = 0x0020;
  static final int FLAG_CD = 0x0010;

  private static final int OPTION_NSID = 3;
  private static final int OPTION_COOKIE = 10;
  private static final int OPTION_KEEPALIVE = 11;
  private static final int OPTION_PADDING = 12;
  private static final int MIN_FULL_COOKIE = 16;
  private static final int MAX_COOKIE = 40;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private final WireName name = new WireName();
  private byte[] message = new byte[0];
  private int length;
  private int flags;
  private int type;
  private int questionEnd;
  private boolean edns;
  private int udpPayload;
  private boolean dnssecOk;
  private int ednsVersion;
  private boolean nsid;
  private boolean keepalive;
  private boolean padding;
  private int cookieAt;
  private int cookieSize;

  /** Parses a message of {@code length} octets that stays unchanged until the reply is written. */
  public Verdict parse(byte[] message, int length) {
    this.message = message;
    this.length = length;
    this.questionEnd = 0;
    this.edns = false;
    this.dnssecOk = false;
    this.nsid = false;
    this.keepalive = false;
    this.padding = false;
    this.cookieSize = 0;
    this.udpPayload = MIN_UDP_PAYLOAD;
    if (length < HEADER) {
      return Verdict.DROP;
    }
    flags = u16(message, 2);
    if ((flags & FLAG_QR) != 0) {
      return Verdict.DROP;
    }
    int questions = u16(message, 4);
    boolean question = questions == 1 && parseQuestion();
    if ((flags & 0x7800) != 0) {
      return Verdict.NOTIMP;
    }
    if (!(question || questions == 0) || !parseRecords()) {
      return Verdict.FORMERR;
    }
    if (edns && ednsVersion > 0) {
      return Verdict.BADVERS;
    }
    if (!question) {
      return hasCookie() ? Verdict.COOKIE_ONLY : Verdict.FORMERR;
    }
    if (type == 0 || type == RecordType.OPT) {
      return Verdict.FORMERR;
    }
    return switch (u16(message, questionEnd - 2)) {
      case RecordType.CLASS_IN -> Verdict.ANSWER;
      case RecordType.CLASS_CH -> Verdict.CHAOS;
      default -> Verdict.REFUSED;
    };
  }

  private boolean parseQuestion() {
    int at = name.read(message, HEADER, length);
    if (at < 0 || at + 4 > length) {
      return false;
    }
    type = u16(message, at);
    questionEnd = at + 4;
    return true;
  }

  private boolean parseRecords() {
    int answers = u16(message, 6);
    int authorities = u16(message, 8);
    int additionals = u16(message, 10);
    if ((answers | authorities | additionals) == 0) {
      return true;
    }
    // A query has no reason for more: an IXFR's SOA, an OPT and a TSIG.
    if (answers > 1 || authorities > 1 || additionals > 2) {
      return false;
    }
    int before = answers + authorities;
    int at = Math.max(HEADER, questionEnd);
    for (int i = 0; i < before + additionals; i++) {
      int owner = at;
      at = skipName(message, at, length);
      if (at < 0 || at + 10 > length) {
        return false;
      }
      int rdata = at + 10;
      int rdataEnd = rdata + u16(message, at + 8);
      if (rdataEnd > length) {
        return false;
      }
      if (u16(message, at) == RecordType.OPT) {
        boolean root = message[owner] == 0;
        if (i < before || edns || !root || !parseOpt(at, rdata, rdataEnd)) {
          return false;
        }
      }
      at = rdataEnd;
    }
    return true;
  }

  private boolean parseOpt(int at, int rdata, int rdataEnd) {
    edns = true;
    udpPayload = Math.max(MIN_UDP_PAYLOAD, u16(message, at + 2));
    ednsVersion = message[at + 5] & 0xff;
    dnssecOk = (message[at + 6] & 0x80) != 0;
    int option = rdata;
    while (option < rdataEnd) {
      if (option + 4 > rdataEnd) {
        return false;
      }
      int code = u16(message, option);
      int size = u16(message, option + 2);
      if (option + 4 + size > rdataEnd || !parseOption(code, option + 4, size)) {
        return false;
      }
      option += 4 + size;
    }
    return true;
  }

  private boolean parseOption(int code, int at, int size) {
    switch (code) {
      case OPTION_NSID -> nsid = true;
      case OPTION_PADDING -> padding = true;
      case OPTION_KEEPALIVE -> {
        keepalive = true;
        return size == 0 || size == 2;
      }
      case OPTION_COOKIE -> {
        if (size != MIN_COOKIE && (size < MIN_FULL_COOKIE || size > MAX_COOKIE)) {
          return false;
        }
        // Of several the first counts (RFC 7873 5.2).
        if (cookieSize == 0) {
          cookieAt = at;
          cookieSize = size;
        }
      }
      default -> {}
    }
    return true;
  }

  /**
   * The offset after a possibly compressed name, or -1 when it is malformed. A pointer must point
   * back, so following one always ends.
   */
  static int skipName(byte[] message, int offset, int end) {
    int at = offset;
    while (at < end) {
      int size = message[at] & 0xff;
      if (size == 0) {
        return at + 1;
      }
      if (size >= 0xc0) {
        return at + 1 < end && (u16(message, at) & 0x3fff) < offset ? at + 2 : -1;
      }
      if (size > 63) {
        return -1;
      }
      at += size + 1;
    }
    return -1;
  }

  static int u16(byte[] message, int at) {
    return (short) SHORT.get(message, at) & 0xffff;
  }

  /** The name asked for. */
  public WireName name() {
    return name;
  }

  /** The type asked for, a number of {@link RecordType} or any other. */
  public int type() {
    return type;
  }

  /** Whether a copy of a zone is asked for: AXFR or IXFR. */
  public boolean isTransfer() {
    return type == RecordType.AXFR || type == RecordType.IXFR;
  }

  /** Whether the client sent EDNS; only then may the response carry an OPT record. */
  public boolean hasEdns() {
    return edns;
  }

  /** Whether the client wants DNSSEC records (the DO bit). */
  public boolean dnssecOk() {
    return dnssecOk;
  }

  /** Whether the client asks for the name of this server (RFC 5001). */
  public boolean wantsNsid() {
    return nsid;
  }

  /** Whether the client asks how long the connection may be idle (RFC 7828). */
  public boolean wantsKeepalive() {
    return keepalive;
  }

  /** Whether the client pads its messages and wants responses padded (RFC 7830). */
  public boolean wantsPadding() {
    return padding;
  }

  /** Whether there is a well-formed cookie (RFC 7873). */
  public boolean hasCookie() {
    return cookieSize > 0;
  }

  /** Octets of the cookie: 8 of a client alone, 16 to 40 with that of a server, or 0. */
  public int cookieSize() {
    return cookieSize;
  }

  /** Eight octets of the cookie, the first one in the highest bits; number 0 is the client's. */
  public long cookieWord(int i) {
    return (long) LONG.get(message, cookieAt + 8 * i);
  }

  /** The serial in the authority section of an IXFR (RFC 1995 3), {@code absent} without one. */
  public int serial(int absent) {
    if (u16(message, 6) != 0 || u16(message, 8) != 1) {
      return absent;
    }
    int at = skipName(message, questionEnd, length);
    if (u16(message, at) != RecordType.SOA) {
      return absent;
    }
    int end = at + 10 + u16(message, at + 8);
    int names = skipName(message, at + 10, end);
    names = names < 0 ? -1 : skipName(message, names, end);
    return names < 0 || names + 20 > end
        ? absent
        : u16(message, names) << 16 | u16(message, names + 2);
  }

  /** Whether the client asks for recursion. */
  public boolean recursionDesired() {
    return (flags & FLAG_RD) != 0;
  }

  /** Whether the client switched validation off (the CD bit). */
  public boolean checkingDisabled() {
    return (flags & FLAG_CD) != 0;
  }

  /** Whether the client understands the AD bit in the answer (RFC 6840 5.7). */
  public boolean wantsAuthenticData() {
    return (flags & FLAG_AD) != 0 || dnssecOk;
  }

  /** The largest UDP response the client takes, at least 512. */
  public int udpPayload() {
    return udpPayload;
  }

  /** Octets of the message. */
  public int size() {
    return length;
  }

  /** End of the question section; 0 when there is no readable question. */
  public int questionEnd() {
    return questionEnd;
  }

  /** Leaves the question out of the response, because the message is malformed. */
  public void forgetQuestion() {
    questionEnd = 0;
    edns = false;
  }

  /**
   * A copy of the message that asks for another name and type.
   *
   * @param wireName uncompressed
   */
  public byte[] withQuestion(byte[] wireName, int otherType) {
    int rest = length - questionEnd;
    int end = HEADER + wireName.length + 4;
    byte[] changed = new byte[end + rest];
    System.arraycopy(message, 0, changed, 0, HEADER);
    System.arraycopy(wireName, 0, changed, HEADER, wireName.length);
    SHORT.set(changed, end - 4, (short) otherType);
    SHORT.set(changed, end - 2, (short) u16(message, questionEnd - 2));
    System.arraycopy(message, questionEnd, changed, end, rest);
    return changed;
  }

  /** A copy of the received bytes, for work that outlives this object's use. */
  public byte[] copyMessage() {
    return java.util.Arrays.copyOf(message, length);
  }

  int flags() {
    return flags;
  }

  /** Copies header and question, as much as is readable, to the start of {@code target}. */
  int copyQuestion(byte[] target) {
    int end = Math.max(HEADER, questionEnd);
    System.arraycopy(message, 0, target, 0, end);
    return end;
  }

  /** Copies the question's name, with the client's letter case, from an offset to its end. */
  void copyNameTail(int from, byte[] target, int targetAt) {
    System.arraycopy(message, HEADER + from, target, targetAt, name.length() - from);
  }
}
