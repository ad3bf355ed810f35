// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The OPT record of a response (RFC 6891), the last of its records: what goes into it is said
 * first, so that the other records leave room. Confined to one event loop.
 */
final class OptRecord {
  private static final int SIZE = 11;
  private static final int OPTION_HEAD = 4;
  private static final int EDE_SIZE = OPTION_HEAD + 2;
  private static final int COOKIE_SIZE = OPTION_HEAD + 24;
  private static final int KEEPALIVE_SIZE = OPTION_HEAD + 2;
  private static final int NSID = 3;
  private static final int COOKIE = 10;
  private static final int KEEPALIVE = 11;
  private static final int PADDING = 12;
  private static final int EDE = 15;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final int payload;
  private final byte[] nsid;
  private int extendedError;
  private boolean cookie;
  private long clientCookie;
  private long serverCookieHigh;
  private long serverCookieLow;
  private int keepalive;
  private int padBlock;

  /**
   * A record.
   *
   * @param payload octets of UDP payload to offer
   * @param nsid what to answer to the NSID option; empty for no answer
   */
  OptRecord(int payload, byte[] nsid) {
    this.payload = payload;
    this.nsid = nsid;
  }

  /** Begins the record of another response; the octets to leave for it, 0 where there is none. */
  int begin(Query query) {
    extendedError = Rcode.EDE_NONE;
    cookie = false;
    keepalive = -1;
    padBlock = 0;
    if (!query.hasEdns()) {
      return 0;
    }
    boolean named = query.wantsNsid() && nsid.length > 0;
    return SIZE + EDE_SIZE + (named ? OPTION_HEAD + nsid.length : 0);
  }

  /** Adds a cookie; further octets to leave. */
  int cookie(long client, long high, long low) {
    cookie = true;
    clientCookie = client;
    serverCookieHigh = high;
    serverCookieLow = low;
    return COOKIE_SIZE;
  }

  /** Adds how long the connection may be idle, in tenths of a second; further octets to leave. */
  int keepalive(int tenths) {
    keepalive = tenths;
    return KEEPALIVE_SIZE;
  }

  /** Adds padding to a multiple of {@code block} octets; further octets to leave. */
  int pad(int block) {
    padBlock = block;
    return OPTION_HEAD;
  }

  void extendedError(int code) {
    extendedError = code;
  }

  /** Writes the record at {@code at}; where it ends. */
  int put(byte[] out, int at, Query query, int rcode) {
    out[at] = 0;
    SHORT.set(out, at + 1, (short) RecordType.OPT);
    SHORT.set(out, at + 3, (short) payload);
    out[at + 5] = (byte) (rcode >> 4);
    out[at + 6] = 0;
    SHORT.set(out, at + 7, (short) (query.dnssecOk() ? 0x8000 : 0));
    int pos = at + SIZE;
    if (extendedError != Rcode.EDE_NONE) {
      pos = option(out, pos, EDE, 2);
      SHORT.set(out, pos - 2, (short) extendedError);
    }
    // A response to a wrong version is never larger than the query.
    if (query.wantsNsid() && nsid.length > 0 && rcode != Rcode.BADVERS) {
      pos = option(out, pos, NSID, nsid.length);
      System.arraycopy(nsid, 0, out, pos - nsid.length, nsid.length);
    }
    if (cookie) {
      pos = option(out, pos, COOKIE, 24);
      LONG.set(out, pos - 24, clientCookie);
      LONG.set(out, pos - 16, serverCookieHigh);
      LONG.set(out, pos - 8, serverCookieLow);
    }
    if (keepalive >= 0) {
      pos = option(out, pos, KEEPALIVE, 2);
      SHORT.set(out, pos - 2, (short) keepalive);
    }
    if (padBlock > 0) {
      int unpadded = pos + OPTION_HEAD;
      int whole = Math.ceilDiv(unpadded, padBlock) * padBlock;
      int padded = Math.min(whole, ResponseWriter.MAX_MESSAGE);
      pos = option(out, pos, PADDING, padded - unpadded);
      Arrays.fill(out, unpadded, padded, (byte) 0);
    }
    SHORT.set(out, at + 9, (short) (pos - at - SIZE));
    return pos;
  }

  /** Writes the head of an option; where its data, yet to be written, ends. */
  private static int option(byte[] out, int at, int code, int size) {
    SHORT.set(out, at, (short) code);
    SHORT.set(out, at + 2, (short) size);
    return at + OPTION_HEAD + size;
  }
}
