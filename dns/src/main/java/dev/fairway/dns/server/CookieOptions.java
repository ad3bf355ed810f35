// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.util.List;

/**
 * DNS cookies (RFC 7873), which tell clients apart from those who write their address.
 *
 * @param enabled whether cookies are answered
 * @param secrets the first makes cookies, all are accepted, so that a new secret can be brought to
 *     all replicas before it is used; empty for one that this process makes up
 * @param required whether a UDP client must prove its address: a wrong cookie is answered with
 *     BADCOOKIE, a query without any with TC, which sends the client to TCP
 */
public record CookieOptions(boolean enabled, List<CookieSecret> secrets, boolean required) {
  public CookieOptions {
    secrets = List.copyOf(secrets);
  }

  /** Answered, not required, with a secret of this process. */
  public static CookieOptions defaults() {
    return new CookieOptions(true, List.of(), false);
  }

  /** With these secrets. */
  public CookieOptions withSecrets(List<CookieSecret> keys) {
    return new CookieOptions(enabled, keys, required);
  }

  /** With or without proof of the client's address. */
  public CookieOptions withRequired(boolean proof) {
    return new CookieOptions(enabled, secrets, proof);
  }
}
