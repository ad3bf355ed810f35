// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Short names for what a cookie should not spell out. */
public final class CookieHash {
  private static final int OCTETS = 8;

  private CookieHash() {}

  /** 16 hexadecimal digits, the same for the same text in every process. */
  public static String of(String text) {
    byte[] digest = PasswordHash.newDigest("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, OCTETS);
  }
}
