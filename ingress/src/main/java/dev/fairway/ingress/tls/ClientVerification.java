// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Asks clients for a certificate.
 *
 * @param authorities who may have issued it
 * @param maxIntermediates certificates allowed between the client's own and the authority's
 * @param revocations lists of certificates that are not valid any more; where there are any, every
 *     issuer must have one that is valid itself
 * @param mode what becomes of clients whose certificate is missing or wrong
 */
public record ClientVerification(
    List<X509Certificate> authorities, int maxIntermediates, List<X509CRL> revocations, Mode mode) {
  /** Without lists of revoked certificates. */
  public ClientVerification(List<X509Certificate> authorities, int maxIntermediates, Mode mode) {
    this(authorities, maxIntermediates, List.of(), mode);
  }

  /** What becomes of clients whose certificate is missing or wrong. */
  public enum Mode {
    /** The handshake fails. */
    REQUIRE,
    /** The handshake succeeds; {@link TlsSession#client} tells what is wrong. */
    REPORT
  }

  public ClientVerification {
    authorities = List.copyOf(authorities);
    revocations = List.copyOf(revocations);
  }
}
