// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Cuts a stream into lines without copying them; empty lines are left out. */
final class LineReader {
  private static final int SMALL = 16 << 10;

  private final InputStream in;
  private final int maxLine;
  private byte[] buffer = new byte[SMALL];
  private int lineStart;
  private int lineEnd;
  private int next;
  private int end;
  private boolean complete;
  private boolean tooLong;

  LineReader(InputStream in, int maxLine) {
    this.in = in;
    this.maxLine = maxLine;
  }

  /** Moves to the next line; false at the end of the stream. */
  boolean advance() throws IOException {
    do {
      if (!readLine()) {
        return false;
      }
    } while (lineEnd == lineStart && !tooLong);
    return true;
  }

  private boolean readLine() throws IOException {
    tooLong = false;
    lineStart = next;
    int scanned = next;
    while (true) {
      for (int i = scanned; i < end; i++) {
        if (buffer[i] == '\n') {
          lineEnd = tooLong ? lineStart : i;
          next = i + 1;
          complete = true;
          return true;
        }
      }
      if (end - lineStart > maxLine) {
        tooLong = true;
        end = lineStart;
      }
      makeRoom();
      scanned = end;
      int count = in.read(buffer, end, buffer.length - end);
      if (count < 0) {
        lineEnd = tooLong ? lineStart : end;
        next = end;
        complete = false;
        return lineEnd > lineStart;
      }
      end += count;
    }
  }

  private void makeRoom() {
    int pending = end - lineStart;
    if (pending == 0 && buffer.length > 8 * SMALL) {
      buffer = new byte[SMALL];
    } else if (lineStart > 0) {
      System.arraycopy(buffer, lineStart, buffer, 0, pending);
    } else if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.min(buffer.length * 2, maxLine + SMALL));
    }
    end -= lineStart;
    lineStart = 0;
  }

  byte[] bytes() {
    return buffer;
  }

  int offset() {
    return lineStart;
  }

  int length() {
    return lineEnd - lineStart;
  }

  /** Whether the line ended with a line feed, not with the stream. */
  boolean isComplete() {
    return complete;
  }

  /** Whether the line was longer than the limit and its bytes were dropped. */
  boolean isTooLong() {
    return tooLong;
  }
}
