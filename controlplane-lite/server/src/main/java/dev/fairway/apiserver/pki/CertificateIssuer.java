// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import dev.fairway.kube.x509.CertificateBuilder;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The two kinds of certificates that a cluster has. */
final class CertificateIssuer {
  /** Certificates are valid a little before they were made, for clocks that are behind. */
  private static final Duration BACKDATE = Duration.ofMinutes(10);

  private CertificateIssuer() {}

  /**
   * The certificate of an authority.
   *
   * @param subject an encoded name
   */
  static X509Certificate authority(byte[] subject, KeyPair key, Instant now, Duration validity) {
    return new CertificateBuilder(
            subject, subject, key.getPublic(), now.minus(BACKDATE), now.plus(validity))
        .authority()
        .sign(key.getPrivate());
  }

  /**
   * A certificate for servers and clients.
   *
   * @param subject an encoded name
   * @param sans DNS names and IP addresses; with at least one it may serve
   */
  static X509Certificate leaf(
      Credential ca, byte[] subject, PublicKey key, List<String> sans, Instant now, Instant end) {
    byte[] issuer = ca.certificate().getSubjectX500Principal().getEncoded();
    return new CertificateBuilder(issuer, subject, key, now.minus(BACKDATE), end)
        .leaf(!sans.isEmpty(), ca.certificate().getPublicKey())
        .names(sans)
        .sign(ca.key());
  }
}
