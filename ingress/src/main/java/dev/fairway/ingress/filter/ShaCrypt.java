// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** The SHA-256 and SHA-512 hashes of crypt(3), at most 500 000 rounds. */
final class ShaCrypt {
  private static final int DEFAULT_ROUNDS = 5000;
  private static final int MIN_ROUNDS = 1000;
  private static final int MAX_ROUNDS = 500_000;
  private static final int MAX_SALT = 16;
  private static final String ROUNDS = "rounds=";

  private ShaCrypt() {}

  /** The hash of a password with the salt and the rounds of another hash; "" where it is none. */
  static String hash(byte[] secret, String other) {
    boolean wide = other.startsWith("$6$");
    String rest = other.substring(3);
    int rounds = DEFAULT_ROUNDS;
    String named = "";
    if (rest.startsWith(ROUNDS)) {
      int end = rest.indexOf('$');
      String text = end < 0 ? "" : rest.substring(ROUNDS.length(), end);
      if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(Character::isDigit)) {
        return "";
      }
      rounds = Math.max(MIN_ROUNDS, Integer.parseInt(text));
      if (rounds > MAX_ROUNDS) {
        return "";
      }
      named = ROUNDS + rounds + "$";
      rest = rest.substring(end + 1);
    }
    int end = rest.indexOf('$');
    String salt = rest.substring(0, Math.min(MAX_SALT, end < 0 ? rest.length() : end));
    byte[] saltOctets = salt.getBytes(StandardCharsets.ISO_8859_1);
    MessageDigest digest = PasswordHash.newDigest(wide ? "SHA-512" : "SHA-256");
    byte[] sum = sum(digest, secret, saltOctets, rounds);
    StringBuilder out = new StringBuilder(wide ? "$6$" : "$5$").append(named).append(salt);
    out.append('$');
    if (wide) {
      encode512(out, sum);
    } else {
      encode256(out, sum);
    }
    return out.toString();
  }

  private static byte[] sum(MessageDigest digest, byte[] secret, byte[] salt, int rounds) {
    digest.update(secret);
    digest.update(salt);
    byte[] b = digest(digest, secret);
    digest.update(secret);
    digest.update(salt);
    digest.update(repeated(b, secret.length));
    for (int bits = secret.length; bits > 0; bits >>>= 1) {
      digest.update((bits & 1) == 1 ? b : secret);
    }
    byte[] a = digest.digest();
    for (int i = 0; i < secret.length; i++) {
      digest.update(secret);
    }
    byte[] p = repeated(digest.digest(), secret.length);
    for (int i = 0; i < 16 + (a[0] & 0xff); i++) {
      digest.update(salt);
    }
    byte[] s = repeated(digest.digest(), salt.length);
    byte[] c = a;
    for (int i = 0; i < rounds; i++) {
      boolean odd = (i & 1) == 1;
      digest.update(odd ? p : c);
      if (i % 3 != 0) {
        digest.update(s);
      }
      if (i % 7 != 0) {
        digest.update(p);
      }
      c = digest(digest, odd ? c : p);
    }
    return c;
  }

  private static byte[] digest(MessageDigest digest, byte[] last) {
    digest.update(last);
    return digest.digest();
  }

  private static byte[] repeated(byte[] octets, int length) {
    byte[] out = Arrays.copyOf(octets, length);
    for (int i = octets.length; i < length; i++) {
      out[i] = octets[i % octets.length];
    }
    return out;
  }

  private static void encode256(StringBuilder out, byte[] sum) {
    int[] at = {0, 10, 20};
    for (int i = 0; i < 10; i++) {
      CryptAlphabet.append(out, sum, at[0], at[1], at[2], 4);
      int first = at[0];
      at = new int[] {at[2] + 1, first + 1, at[1] + 1};
    }
    CryptAlphabet.append(out, sum, -1, 31, 30, 3);
  }

  private static void encode512(StringBuilder out, byte[] sum) {
    int[] at = {0, 21, 42};
    for (int i = 0; i < 21; i++) {
      CryptAlphabet.append(out, sum, at[0], at[1], at[2], 4);
      int first = at[0];
      at = new int[] {at[1] + 1, at[2] + 1, first + 1};
    }
    CryptAlphabet.append(out, sum, -1, -1, 63, 2);
  }
}
