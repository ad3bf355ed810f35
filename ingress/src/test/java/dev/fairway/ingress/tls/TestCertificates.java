// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.kube.x509.CertificateBuilder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

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

  /** An authority that issues certificates of clients. */
  public static final class Authority {
    private final KeyPair keys = CertificateBuilder.newKey();
    private final byte[] name;
    private final X509Certificate certificate;

    public Authority(String commonName) {
      name = CertificateBuilder.name(commonName, List.of());
      Instant now = Instant.now();
      certificate =
          new CertificateBuilder(
                  name, name, keys.getPublic(), now.minusSeconds(60), now.plusSeconds(86_400))
              .authority()
              .sign(keys.getPrivate());
    }

    public X509Certificate certificate() {
      return certificate;
    }

    /** A client's certificate with its key, valid until the given time. */
    public Certificate client(String commonName, Instant end) {
      KeyPair pair = CertificateBuilder.newKey();
      X509Certificate leaf =
          new CertificateBuilder(
                  name,
                  CertificateBuilder.name(commonName, List.of()),
                  pair.getPublic(),
                  Instant.now().minusSeconds(60),
                  end)
              .leaf(false, keys.getPublic())
              .sign(keys.getPrivate());
      return Certificate.of(List.of(leaf), pair.getPrivate());
    }

    /** A list of certificates that this authority has revoked, PEM. */
    public String revoked(Instant from, Instant until, X509Certificate... certificates) {
      return pem("X509 CRL", RevocationList.sign(name, keys, from, until, certificates));
    }

    /** A server's certificate with its key. */
    public Certificate server(String host) {
      KeyPair pair = CertificateBuilder.newKey();
      X509Certificate leaf =
          new CertificateBuilder(
                  name,
                  CertificateBuilder.name(host, List.of()),
                  pair.getPublic(),
                  Instant.now().minusSeconds(60),
                  Instant.now().plusSeconds(86_400))
              .leaf(true, keys.getPublic())
              .names(List.of(host))
              .sign(keys.getPrivate());
      return Certificate.of(List.of(leaf), pair.getPrivate());
    }
  }

  /** A key manager that shows one certificate. */
  public static KeyManager[] keyManagers(Certificate certificate) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", certificate.key(), new char[0], certificate.chain());
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(store, new char[0]);
      return factory.getKeyManagers();
    } catch (GeneralSecurityException | IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String pem(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}
