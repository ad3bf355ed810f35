// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The MD5 hash of crypt(3) and its variant of Apache. */
final class Md5Crypt {
  private static final int ROUNDS = 1000;
  private static final int MAX_SALT = 8;

  private Md5Crypt() {}

  /** The hash of a password with the salt of another hash. */
  static String hash(byte[] secret, String other) {
    String magic = other.startsWith("$apr1$") ? "$apr1$" : "$1$";
    int end = other.indexOf('$', magic.length());
    String salt = other.substring(magic.length(), end < 0 ? other.length() : end);
    salt = salt.substring(0, Math.min(salt.length(), MAX_SALT));
    byte[] saltOctets = salt.getBytes(StandardCharsets.ISO_8859_1);
    byte[] sum = rounds(secret, saltOctets, first(secret, saltOctets, magic));
    StringBuilder out = new StringBuilder(magic).append(salt).append('$');
    CryptAlphabet.append(out, sum, 0, 6, 12, 4);
    CryptAlphabet.append(out, sum, 1, 7, 13, 4);
    CryptAlphabet.append(out, sum, 2, 8, 14, 4);
    CryptAlphabet.append(out, sum, 3, 9, 15, 4);
    CryptAlphabet.append(out, sum, 4, 10, 5, 4);
    CryptAlphabet.append(out, sum, -1, -1, 11, 2);
    return out.toString();
  }

  private static byte[] first(byte[] secret, byte[] salt, String magic) {
    MessageDigest inner = PasswordHash.newDigest("MD5");
    inner.update(secret);
    inner.update(salt);
    inner.update(secret);
    byte[] mixed = inner.digest();
    MessageDigest outer = PasswordHash.newDigest("MD5");
    outer.update(secret);
    outer.update(magic.getBytes(StandardCharsets.ISO_8859_1));
    outer.update(salt);
    for (int left = secret.length; left > 0; left -= 16) {
      outer.update(mixed, 0, Math.min(16, left));
    }
    for (int bits = secret.length; bits > 0; bits >>>= 1) {
      outer.update((bits & 1) == 1 || secret.length == 0 ? (byte) 0 : secret[0]);
    }
    return outer.digest();
  }

  private static byte[] rounds(byte[] secret, byte[] salt, byte[] start) {
    byte[] sum = start;
    MessageDigest digest = PasswordHash.newDigest("MD5");
    for (int i = 0; i < ROUNDS; i++) {
      boolean odd = (i & 1) == 1;
      digest.update(odd ? secret : sum);
      if (i % 3 != 0) {
        digest.update(salt);
      }
      if (i % 7 != 0) {
        digest.update(secret);
      }
      digest.update(odd ? sum : secret);
      sum = digest.digest();
    }
    return sum;
  }
}
