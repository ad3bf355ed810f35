// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The key of server cookies: 128 bits, the same at all replicas of a server. Immutable. */
public final class CookieSecret {
  private final long k0;
  private final long k1;

  private CookieSecret(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** A new secret. */
  public static CookieSecret random(RandomGenerator random) {
    return new CookieSecret(random.nextLong(), random.nextLong());
  }

  /**
   * A secret written as 32 hexadecimal digits.
   *
   * @throws IllegalArgumentException when the text is something else; it does not repeat the text
   */
  public static CookieSecret parse(String hex) {
    String digits = hex.strip();
    if (digits.length() != 32 || !digits.chars().allMatch(HexFormat::isHexDigit)) {
      throw new IllegalArgumentException("a cookie secret is 32 hexadecimal digits");
    }
    return new CookieSecret(
        Long.reverseBytes(HexFormat.fromHexDigitsToLong(digits, 0, 16)),
        Long.reverseBytes(HexFormat.fromHexDigitsToLong(digits, 16, 32)));
  }

  /**
   * SipHash-2-4 of what RFC 9018 4.4 lists: client cookie, version and time, client address.
   *
   * @param clientCookie its octets, the first one in the highest bits; the others likewise
   * @return the hash, its first octet in the highest bits
   */
  long hash(long clientCookie, long versionAndTime, Client client) {
    State state = new State(k0, k1);
    state.word(Long.reverseBytes(clientCookie));
    state.word(Long.reverseBytes(versionAndTime));
    if (client.isV4()) {
      long address = Integer.reverseBytes((int) client.low()) & 0xffff_ffffL;
      return state.finish(address | 20L << 56);
    }
    state.word(Long.reverseBytes(client.high()));
    state.word(Long.reverseBytes(client.low()));
    return state.finish(32L << 56);
  }

  /** Lives within one call, so that the compiler keeps it in registers. */
  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void word(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    long finish(long last) {
      word(last);
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return Long.reverseBytes(v0 ^ v1 ^ v2 ^ v3);
    }

    private void round() {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
    }
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof CookieSecret other && k0 == other.k0 && k1 == other.k1;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(k0 ^ k1);
  }

  /** Does not tell the secret. */
  @Override
  public String toString() {
    return "CookieSecret";
  }
}
