// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.kube.x509.CertificateBuilder;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The certificate for hosts that have none. */
public final class SelfSigned {
  private SelfSigned() {}

  /** A fresh P-256 key with a certificate for one DNS name, valid for a year. */
  public static Certificate create(String name, Instant now) {
    KeyPair pair = CertificateBuilder.newKey();
    byte[] subject =
        CertificateBuilder.name("Fairway Ingress Default Certificate", List.of("Fairway"));
    X509Certificate certificate =
        new CertificateBuilder(
                subject,
                subject,
                pair.getPublic(),
                now.minus(Duration.ofHours(1)),
                now.plus(Duration.ofDays(365)))
            .names(List.of(name))
            .sign(pair.getPrivate());
    return Certificate.of(List.of(certificate), pair.getPrivate());
  }
}
