// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;

/** What protects the server from its clients; shared by all event loops. Thread-safe. */
public final class ClientGuard {
  private final Cookies cookies;

  /**
   * A guard.
   *
   * @param clock for the age of cookies
   * @param random for a secret, where {@code options} have none
   */
  public ClientGuard(ServerOptions options, InstantSource clock, RandomGenerator random) {
    CookieOptions cookieOptions = options.cookies();
    if (cookieOptions.secrets().isEmpty()) {
      cookieOptions = cookieOptions.withSecrets(List.of(CookieSecret.random(random)));
    }
    this.cookies = new Cookies(cookieOptions, clock);
  }

  Cookies cookies() {
    return cookies;
  }
}
