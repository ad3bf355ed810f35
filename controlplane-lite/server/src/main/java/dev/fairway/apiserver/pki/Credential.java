// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A certificate and its private key. Prints without the key. */
public record Credential(X509Certificate certificate, PrivateKey key) {
  /** The certificate in PEM. */
  public String certificatePem() {
    return PemFiles.certificate(certificate);
  }

  /** The key in PEM (PKCS #8). Secret. */
  public String keyPem() {
    return PemFiles.key(key);
  }

  @Override
  public String toString() {
    return "Credential[" + certificate.getSubjectX500Principal() + ", key=[redacted]]";
  }
}
