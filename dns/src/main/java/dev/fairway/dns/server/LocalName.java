// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.util.EnumSet;
import java.util.Set;

/** Names with a meaning of their own, which this server may answer instead of asking others. */
public enum LocalName {
  /** {@code localhost} and below: the loopback addresses (RFC 6761). */
  LOCALHOST,
  /** {@code invalid} and below: nothing (RFC 6761). */
  INVALID,
  /** {@code onion} and below: nothing (RFC 7686). */
  ONION,
  /** {@code resolver.arpa}: where this server can be asked encrypted (RFC 9462). */
  RESOLVER_ARPA,
  /**
   * Reverse names of private, shared, link-local and documentation addresses (RFC 6303, RFC 7793):
   * nothing. Only where no upstream knows such names, which that of a company often does.
   */
  PRIVATE_REVERSE,
  /** {@code home.arpa} and below: nothing (RFC 8375). */
  HOME_ARPA,
  /** {@code test} and below: nothing (RFC 6761). */
  TEST;

  /** Those that nobody else has an answer for. */
  public static Set<LocalName> defaults() {
    return EnumSet.of(LOCALHOST, INVALID, ONION, RESOLVER_ARPA);
  }
}
