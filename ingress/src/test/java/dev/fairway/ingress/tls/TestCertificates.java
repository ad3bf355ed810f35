// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;

/** Self-signed certificates as PEM texts. */
public final class TestCertificates {
  /** The texts of a TLS Secret. */
  public record Pem(String certificate, String key) {}

  private TestCertificates() {}

  /** A fresh certificate for a host name or wildcard. */
  public static Pem create(String host) {
    Certificate created = SelfSigned.create(host, Instant.now());
    try {
      return new Pem(pem(created.leaf()), pem(new JcaPKCS8Generator(created.key(), null)));
    } catch (IOException impossible) {
      throw new java.io.UncheckedIOException(impossible);
    }
  }

  private static String pem(Object object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException impossible) {
      throw new java.io.UncheckedIOException(impossible);
    }
    return text.toString();
  }
}
