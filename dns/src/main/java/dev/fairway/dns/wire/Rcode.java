// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/** Response codes (RFC 6895) and the extended errors of RFC 8914 that this server sends. */
public final class Rcode {
  public static final int NOERROR = 0;
  public static final int FORMERR = 1;
  public static final int SERVFAIL = 2;
  public static final int NXDOMAIN = 3;
  public static final int NOTIMP = 4;
  public static final int REFUSED = 5;

  /** Not a zone of this server. */
  public static final int NOTAUTH = 9;

  /** Extended code: only with EDNS. */
  public static final int BADVERS = 16;

  /** Extended code: the client is to come back with the cookie of this response (RFC 7873). */
  public static final int BADCOOKIE = 23;

  /** No extended error. */
  public static final int EDE_NONE = -1;

  /** Extended error 0: other. */
  public static final int EDE_OTHER = 0;

  /** Extended error 3: the answer is past its TTL. */
  public static final int EDE_STALE_ANSWER = 3;

  /** Extended error 14: the zone has not been loaded yet. */
  public static final int EDE_NOT_READY = 14;

  /** Extended error 15: the server's rules refuse the question. */
  public static final int EDE_BLOCKED = 15;

  /** Extended error 17: the server's rules leave the answer empty. */
  public static final int EDE_FILTERED = 17;

  /** Extended error 18: this client may not ask that. */
  public static final int EDE_PROHIBITED = 18;

  /** Extended error 20: the name is not ours, and we do not look it up. */
  public static final int EDE_NOT_AUTHORITATIVE = 20;

  /** Extended error 22: no upstream gave an answer. */
  public static final int EDE_NO_REACHABLE_AUTHORITY = 22;

  private static final String[] NAMES = {
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
    "RESERVED11",
    "RESERVED12",
    "RESERVED13",
    "RESERVED14",
    "RESERVED15",
    "BADVERS",
    "BADKEY",
    "BADTIME",
    "BADMODE",
    "BADNAME",
    "BADALG",
    "BADTRUNC",
    "BADCOOKIE"
  };

  private Rcode() {}

  /** How many codes {@link #name} knows; larger ones count as {@code SERVFAIL} in metrics. */
  public static int count() {
    return NAMES.length;
  }

  /** The mnemonic of a code below {@link #count()}. */
  public static String name(int rcode) {
    return NAMES[rcode];
  }
}
