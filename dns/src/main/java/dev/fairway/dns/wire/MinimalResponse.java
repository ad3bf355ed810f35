// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/** Leaves out of a response what a client can do without. */
public final class MinimalResponse {
  private MinimalResponse() {}

  /**
   * Leaves out everything but the answer section and OPT, if there is an answer.
   *
   * @param message a well-formed response, which is changed
   * @return its length now
   */
  public static int strip(byte[] message, int length) {
    int answers = Query.u16(message, 6);
    int authorities = Query.u16(message, 8);
    int additionals = Query.u16(message, 10);
    if (answers == 0 || authorities + additionals == 0) {
      return length;
    }
    int at = Query.HEADER;
    if (Query.u16(message, 4) > 0) {
      at = Query.skipName(message, at, length) + 4;
    }
    for (int i = 0; i < answers; i++) {
      at = end(message, at, length);
    }
    int kept = at;
    int options = 0;
    for (int i = 0; i < authorities + additionals; i++) {
      int end = end(message, at, length);
      boolean opt = message[at] == 0 && Query.u16(message, at + 1) == RecordType.OPT;
      if (opt && i >= authorities) {
        System.arraycopy(message, at, message, kept, end - at);
        kept += end - at;
        options++;
      }
      at = end;
    }
    message[8] = 0;
    message[9] = 0;
    message[10] = 0;
    message[11] = (byte) options;
    return kept;
  }

  private static int end(byte[] message, int at, int length) {
    int fields = Query.skipName(message, at, length);
    return fields + 10 + Query.u16(message, fields + 8);
  }
}
