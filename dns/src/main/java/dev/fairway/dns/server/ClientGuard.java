// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** What protects the server from its clients; shared by all event loops. Thread-safe. */
public final class ClientGuard {
  private final Cookies cookies;
  private final RateLimit rateLimit;
  private final TransferOptions transferOptions;
  private final AtomicInteger transfers = new AtomicInteger();

  /**
   * A guard.
   *
   * @param clock for the age of cookies
   * @param nanos for limits, a clock that never goes back
   * @param random for a secret, where {@code options} have none
   */
  public ClientGuard(
      ServerOptions options, InstantSource clock, LongSupplier nanos, RandomGenerator random) {
    CookieOptions cookieOptions = options.cookies();
    if (cookieOptions.secrets().isEmpty()) {
      cookieOptions = cookieOptions.withSecrets(List.of(CookieSecret.random(random)));
    }
    this.cookies = new Cookies(cookieOptions, clock);
    this.rateLimit = new RateLimit(options.rateLimit(), nanos, random.nextLong());
    this.transferOptions = options.transfers();
  }

  Cookies cookies() {
    return cookies;
  }

  RateLimit rateLimit() {
    return rateLimit;
  }

  boolean mayTransfer(Client client) {
    return transferOptions.allows(client);
  }

  /** Counts a transfer; false when there are too many. */
  boolean beginTransfer() {
    if (transfers.incrementAndGet() > transferOptions.maxTransfers()) {
      transfers.decrementAndGet();
      return false;
    }
    return true;
  }

  void endTransfer() {
    transfers.decrementAndGet();
  }
}
