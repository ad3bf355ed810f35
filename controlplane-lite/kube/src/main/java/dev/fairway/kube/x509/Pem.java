// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import static dev.fairway.kube.x509.Der.contentStart;
import static dev.fairway.kube.x509.Der.der;
import static dev.fairway.kube.x509.Der.hex;
import static dev.fairway.kube.x509.Der.length;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and unencrypted private keys as text: X.509, and keys in PKCS #8, PKCS #1 (RSA) or
 * SEC 1 (EC) form, which the JDK reads only in the first.
 */
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final byte[] RSA_ALGORITHM = hex("300d06092a864886f70d0101010500");
  private static final byte[] EC_ALGORITHM_OID = hex("06072a8648ce3d0201");
  private static final byte[] VERSION_0 = hex("020100");

  private Pem() {}

  /**
   * All certificates of a text, in order; anything else in it is left out.
   *
   * @throws GeneralSecurityException if one is malformed, or there is none
   */
  public static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).endsWith("CERTIFICATE")) {
        byte[] der = decode(block.group(2));
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
    }
    if (certificates.isEmpty()) {
      throw new CertificateException("no PEM certificate found");
    }
    return certificates;
  }

  /**
   * The first certificate of a text, then those of it that lead to its authority, each issued by
   * the next. What repeats, stands elsewhere or belongs to another chain does not matter: people
   * keep such files, and other servers take them.
   *
   * @throws GeneralSecurityException if one is malformed, or there is none
   */
  public static List<X509Certificate> chain(String text) throws GeneralSecurityException {
    List<X509Certificate> left = new ArrayList<>(certificates(text));
    List<X509Certificate> chain = new ArrayList<>();
    X509Certificate next = left.getFirst();
    while (next != null) {
      chain.add(next);
      left.removeAll(chain);
      X509Certificate last = next;
      next = left.stream().filter(other -> issued(other, last)).findFirst().orElse(null);
    }
    return chain;
  }

  private static boolean issued(X509Certificate authority, X509Certificate certificate) {
    return authority.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
        && !certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /**
   * The first private key of a text.
   *
   * @throws GeneralSecurityException if it is malformed or encrypted, or there is none
   */
  public static PrivateKey privateKey(String text) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      switch (block.group(1)) {
        case "PRIVATE KEY" -> {
          return pkcs8(decode(block.group(2)));
        }
        case "RSA PRIVATE KEY" -> {
          byte[] key = der(0x04, decode(block.group(2)));
          return pkcs8(der(0x30, VERSION_0, RSA_ALGORITHM, key));
        }
        case "EC PRIVATE KEY" -> {
          byte[] sec1 = decode(block.group(2));
          byte[] algorithm = der(0x30, EC_ALGORITHM_OID, curve(sec1));
          return pkcs8(der(0x30, VERSION_0, algorithm, der(0x04, sec1)));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new GeneralSecurityException("encrypted private keys are not supported");
        default -> {
          // EC PARAMETERS, certificates: look on.
        }
      }
    }
    throw new GeneralSecurityException("no PEM private key found");
  }

  private static byte[] decode(String base64) throws GeneralSecurityException {
    if (base64.contains(":")) {
      throw new GeneralSecurityException("encrypted private keys are not supported");
    }
    try {
      return Base64.getMimeDecoder().decode(base64.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("PEM text is not base64", e);
    }
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    GeneralSecurityException last = null;
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        last = e;
      }
    }
    throw new GeneralSecurityException("unknown kind of private key", last);
  }

  /** The named curve of a SEC 1 key: the object identifier within its field [0]. */
  private static byte[] curve(byte[] sec1) throws GeneralSecurityException {
    try {
      int at = contentStart(sec1, 0);
      while (at < sec1.length) {
        int content = contentStart(sec1, at);
        int end = content + length(sec1, at);
        if ((sec1[at] & 0xff) == 0xa0) {
          return Arrays.copyOfRange(sec1, content, end);
        }
        at = end;
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new GeneralSecurityException("the EC private key is cut off", e);
    }
    throw new GeneralSecurityException("the EC private key does not name its curve");
  }
}
