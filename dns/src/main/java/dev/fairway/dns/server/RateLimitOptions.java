// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

/**
 * How many UDP queries one address may ask. Of those above it most are dropped, and some answered
 * with TC, which a client whose address is true follows to TCP.
 *
 * @param perSecond queries; 0 for any number
 * @param burst queries at once, after a quiet time
 * @param slip every how manieth query above the limit is answered with TC; 0 for none
 * @param v6Prefix leading bits of an IPv6 address that make one client, 1 to 128
 * @param clients that are remembered, a power of two; of more the quietest are forgotten
 */
public record RateLimitOptions(int perSecond, int burst, int slip, int v6Prefix, int clients) {
  private static final int MAX_RATE = 100_000;

  public RateLimitOptions {
    if (perSecond < 0 || perSecond > MAX_RATE || burst < 1 || burst > 10 * MAX_RATE || slip < 0) {
      throw new IllegalArgumentException(
          "a rate is 0 to 100000 a second with a burst of 1 to 1000000");
    }
    if (v6Prefix < 1 || v6Prefix > 128) {
      throw new IllegalArgumentException("v6Prefix must be 1 to 128, not " + v6Prefix);
    }
    if (clients < 16 || clients > 1 << 22 || Integer.bitCount(clients) != 1) {
      throw new IllegalArgumentException(
          "clients must be a power of two from 16 to 4194304, not " + clients);
    }
  }

  /** No limit. */
  public static RateLimitOptions off() {
    return new RateLimitOptions(0, 1, 2, 128, 16);
  }

  /** So many queries a second of each address, a second's worth at once, every second with TC. */
  public static RateLimitOptions of(int perSecond) {
    return new RateLimitOptions(perSecond, Math.max(1, perSecond), 2, 128, 1 << 14);
  }
}
