// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of a head (start line, fields, empty line) in bytes that arrive in pieces, without
 * looking at a byte twice. Lines must end with CRLF.
 */
final class HeadScanner {
  /** The head is not complete yet. */
  static final int INCOMPLETE = -1;

  /** A line ends with a bare LF. */
  static final int BARE_LF = -2;

  private int scanned;
  private int lineStart;
  private int lines;

  /** Length of the head with its empty line, or one of the negative results. */
  int scan(ByteBuf in) {
    int base = in.readerIndex();
    while (true) {
      int from = base + scanned;
      int lf = in.indexOf(from, in.writerIndex(), (byte) '\n');
      if (lf < 0) {
        scanned = in.readableBytes();
        return INCOMPLETE;
      }
      if (lf == base || in.getByte(lf - 1) != '\r') {
        return BARE_LF;
      }
      scanned = lf + 1 - base;
      if (lf - 1 - base == lineStart) {
        return scanned;
      }
      lineStart = scanned;
      lines++;
    }
  }

  /** How many complete lines were seen. */
  int lines() {
    return lines;
  }

  /** How many bytes were looked at. */
  int scanned() {
    return scanned;
  }

  void reset() {
    scanned = 0;
    lineStart = 0;
    lines = 0;
  }
}
