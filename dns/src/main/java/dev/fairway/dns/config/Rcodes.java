// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.wire.Rcode;

/** Response codes as words. */
final class Rcodes {
  private Rcodes() {}

  /** The code that a mnemonic or a number stands for, -1 if none. */
  static int parse(String word) {
    for (int rcode = 0; rcode < Rcode.count(); rcode++) {
      if (Rcode.name(rcode).equalsIgnoreCase(word)) {
        return rcode;
      }
    }
    try {
      int rcode = Integer.parseInt(word);
      return rcode >= 0 && rcode < 4096 ? rcode : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
