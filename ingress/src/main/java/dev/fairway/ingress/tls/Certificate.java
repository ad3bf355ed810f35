// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.kube.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A certificate chain with its private key. Immutable; its text form never shows the key. */
public final class Certificate {
  private final List<X509Certificate> chain;
  private final PrivateKey key;

  private Certificate(List<X509Certificate> chain, PrivateKey key) {
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  /** A chain (leaf first) with the key of its leaf. */
  static Certificate of(List<X509Certificate> chain, PrivateKey key) {
    return new Certificate(chain, key);
  }

  /**
   * Reads the PEM texts of a TLS Secret.
   *
   * @throws CertificateException with a message for people where the texts hold no certificate, no
   *     unencrypted key, or a key that does not belong to the first certificate
   */
  public static Certificate parse(byte[] certificatePem, byte[] keyPem)
      throws CertificateException {
    List<X509Certificate> chain = parseChain(certificatePem);
    PrivateKey key = parseKey(keyPem);
    if (!belongs(chain.getFirst().getPublicKey(), key)) {
      throw new CertificateException("tls.key does not belong to the certificate in tls.crt");
    }
    return new Certificate(chain, key);
  }

  /** The leaf, the certificate of the server itself. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** Whether the certificate is valid for a host name; the host may be a wildcard itself. */
  public boolean covers(String host) {
    int dot = host.indexOf('.');
    String wildcard = dot < 0 ? "" : "*" + host.substring(dot);
    for (String name : dnsNames()) {
      if (name.equals(host) || name.equals(wildcard)) {
        return true;
      }
    }
    return false;
  }

  X509Certificate[] chain() {
    return chain.toArray(X509Certificate[]::new);
  }

  PrivateKey key() {
    return key;
  }

  /** The DNS names it was made for, lower case; wildcards as they are. */
  public List<String> dnsNames() {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = leaf().getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> entry : alternatives) {
          if (entry.get(0) instanceof Integer type && type == 2) {
            names.add(String.valueOf(entry.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException malformedNames) {
      return List.of();
    }
    return names;
  }

  private static List<X509Certificate> parseChain(byte[] pem) throws CertificateException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    try {
      return Pem.chain(text);
    } catch (GeneralSecurityException malformed) {
      throw new CertificateException(
          text.contains("CERTIFICATE-----")
              ? "tls.crt is not valid PEM"
              : "tls.crt holds no certificate",
          malformed);
    }
  }

  private static PrivateKey parseKey(byte[] pem) throws CertificateException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    try {
      return Pem.privateKey(text);
    } catch (GeneralSecurityException malformed) {
      boolean plain = text.contains("PRIVATE KEY-----") && !text.contains("ENCRYPTED");
      throw new CertificateException(
          plain
              ? "tls.key is not a valid PEM private key"
              : "tls.key holds no unencrypted private key",
          malformed);
    }
  }

  private static boolean belongs(PublicKey publicKey, PrivateKey key) {
    if (publicKey instanceof RSAPublicKey rsa && key instanceof RSAPrivateKey rsaKey) {
      return rsa.getModulus().equals(rsaKey.getModulus());
    }
    if (publicKey instanceof ECPublicKey && key instanceof ECPrivateKey) {
      return signs(publicKey, key, "SHA256withECDSA");
    }
    return key.getAlgorithm().startsWith("Ed") && signs(publicKey, key, "EdDSA");
  }

  private static boolean signs(PublicKey publicKey, PrivateKey key, String algorithm) {
    byte[] text = {1, 2, 3};
    try {
      java.security.Signature signer = java.security.Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(text);
      byte[] signature = signer.sign();
      java.security.Signature verifier = java.security.Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(text);
      return verifier.verify(signature);
    } catch (GeneralSecurityException unusable) {
      return false;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Certificate that && chain.equals(that.chain);
  }

  @Override
  public int hashCode() {
    return chain.hashCode();
  }

  @Override
  public String toString() {
    return "Certificate[" + dnsNames() + "]";
  }
}
