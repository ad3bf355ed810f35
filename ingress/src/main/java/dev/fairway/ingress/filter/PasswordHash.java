// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/**
 * Hashes of passwords in the forms of htpasswd: bcrypt, apr1 and MD5, SHA-1 with and without salt,
 * SHA-256 and SHA-512 crypt, plain text.
 */
public final class PasswordHash {
  private static final int MAX_BCRYPT_COST = 14;

  private PasswordHash() {}

  /** Whether a hash has one of the forms. */
  public static boolean isKnown(String hash) {
    return hash.startsWith("{SHA}")
        || hash.startsWith("{SSHA}")
        || hash.startsWith("{PLAIN}")
        || hash.startsWith("$apr1$")
        || hash.startsWith("$1$")
        || (hash.startsWith("$5$") || hash.startsWith("$6$"))
        || isBcrypt(hash);
  }

  /** Whether a password has the hash. Takes up to a second for the costliest ones. */
  public static boolean matches(String hash, String password) {
    byte[] secret = password.getBytes(StandardCharsets.UTF_8);
    if (hash.startsWith("{SHA}")) {
      return equal(decoded(hash.substring(5)), digest("SHA-1", secret));
    }
    if (hash.startsWith("{SSHA}")) {
      byte[] salted = decoded(hash.substring(6));
      byte[] salt =
          salted.length < 20 ? new byte[0] : Arrays.copyOfRange(salted, 20, salted.length);
      return salted.length >= 20 && equal(Arrays.copyOf(salted, 20), digest("SHA-1", secret, salt));
    }
    if (hash.startsWith("{PLAIN}")) {
      return equal(hash.substring(7).getBytes(StandardCharsets.UTF_8), secret);
    }
    if (hash.startsWith("$apr1$") || hash.startsWith("$1$")) {
      return equal(ascii(hash), ascii(Md5Crypt.hash(secret, hash)));
    }
    if (hash.startsWith("$5$") || hash.startsWith("$6$")) {
      return equal(ascii(hash), ascii(ShaCrypt.hash(secret, hash)));
    }
    return isBcrypt(hash) && bcrypt(hash, secret);
  }

  private static boolean isBcrypt(String hash) {
    return hash.length() == 60
        && (hash.startsWith("$2y$") || hash.startsWith("$2a$") || hash.startsWith("$2b$"))
        && Character.isDigit(hash.charAt(4))
        && Character.isDigit(hash.charAt(5))
        && Integer.parseInt(hash.substring(4, 6)) <= MAX_BCRYPT_COST;
  }

  private static boolean bcrypt(String hash, byte[] secret) {
    try {
      return secret.length <= 72 && OpenBSDBCrypt.checkPassword(hash, secret);
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException malformed) {
      return new byte[0];
    }
  }

  private static boolean equal(byte[] a, byte[] b) {
    return MessageDigest.isEqual(a, b);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] digest(String algorithm, byte[]... parts) {
    MessageDigest digest = newDigest(algorithm);
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  static MessageDigest newDigest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
