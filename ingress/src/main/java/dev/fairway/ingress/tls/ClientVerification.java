// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Asks clients for a certificate.
 *
 * @param authorities who may have issued it
 * @param maxIntermediates certificates allowed between the client's own and the authority's
 * @param mode what becomes of clients whose certificate is missing or wrong
 */
public record ClientVerification(
    List<X509Certificate> authorities, int maxIntermediates, Mode mode) {
  /** What becomes of clients whose certificate is missing or wrong. */
  public enum Mode {
    /** The handshake fails. */
    REQUIRE,
    /** The handshake succeeds; {@link TlsSession#client} tells what is wrong. */
    REPORT
  }

  public ClientVerification {
    authorities = List.copyOf(authorities);
  }
}
