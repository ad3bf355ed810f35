// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.cert.CertificateEncodingException;
import java.time.Instant;
import java.util.Base64;

/** Self-signed certificates as PEM texts. */
public final class TestCertificates {
  /** The texts of a TLS Secret. */
  public record Pem(String certificate, String key) {}

  private TestCertificates() {}

  /** A fresh certificate for a host name or wildcard. */
  public static Pem create(String host) {
    Certificate created = SelfSigned.create(host, Instant.now());
    try {
      return new Pem(
          pem("CERTIFICATE", created.leaf().getEncoded()),
          pem("PRIVATE KEY", created.key().getEncoded()));
    } catch (CertificateEncodingException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String pem(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}
