// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.util.random.RandomGenerator;

/**
 * A question as it goes out: a fresh identifier and, against forgers, letters of random case
 * (draft-vixie-dnsext-dns0x20).
 */
final class Question {
  private static final int HEADER = 12;
  private static final int OPT_SIZE = 11;
  private static final int UDP_PAYLOAD = 1232;

  private final byte[] request;
  private final int questionEnd;

  private Question(byte[] request, int questionEnd) {
    this.request = request;
    this.questionEnd = questionEnd;
  }

  /**
   * A question.
   *
   * @param mixedCase whether letters get random case
   * @param edns whether an OPT record is sent
   */
  static Question of(Lookup lookup, RandomGenerator random, boolean mixedCase, boolean edns) {
    byte[] name = lookup.name();
    int end = HEADER + name.length + 4;
    byte[] request = new byte[end + (edns ? OPT_SIZE : 0)];
    int id = random.nextInt();
    request[0] = (byte) (id >>> 8);
    request[1] = (byte) id;
    request[2] = (byte) (lookup.recursion() ? 1 : 0);
    request[3] = (byte) (lookup.checkingDisabled() ? 0x30 : 0x20); // AD, CD
    request[5] = 1;
    System.arraycopy(name, 0, request, HEADER, name.length);
    if (mixedCase) {
      mix(request, name.length, random);
    }
    request[end - 4] = (byte) (lookup.type() >>> 8);
    request[end - 3] = (byte) lookup.type();
    request[end - 1] = 1;
    if (edns) {
      request[11] = 1;
      request[end + 2] = 41;
      request[end + 3] = (byte) (UDP_PAYLOAD >>> 8);
      request[end + 4] = (byte) UDP_PAYLOAD;
      request[end + 7] = (byte) (lookup.dnssecOk() ? 0x80 : 0);
    }
    return new Question(request, end);
  }

  private static void mix(byte[] request, int nameLength, RandomGenerator random) {
    long bits = 0;
    int left = 0;
    for (int i = HEADER; i < HEADER + nameLength; i++) {
      if (request[i] >= 'a' && request[i] <= 'z') {
        if (left == 0) {
          bits = random.nextLong();
          left = Long.SIZE;
        }
        if ((bits & 1) != 0) {
          request[i] -= 0x20;
        }
        bits >>>= 1;
        left--;
      }
    }
  }

  /** The message. */
  byte[] bytes() {
    return request;
  }

  /** Where its question section ends. */
  int end() {
    return questionEnd;
  }

  int id() {
    return (request[0] & 0xff) << 8 | (request[1] & 0xff);
  }

  /** Gives it another identifier: one that is free on a connection. */
  void id(int id) {
    request[0] = (byte) (id >>> 8);
    request[1] = (byte) id;
  }
}
