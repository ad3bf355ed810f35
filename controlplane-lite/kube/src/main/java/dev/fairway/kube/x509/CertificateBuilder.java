// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509ExtensionUtils;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes one X.509 version 3 certificate (RFC 5280) that an EC key signs with SHA-256. Not
 * thread-safe.
 */
public final class CertificateBuilder {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509v3CertificateBuilder builder;
  private final X509ExtensionUtils extensions = extensionUtils();
  private final SubjectPublicKeyInfo key;

  /**
   * A certificate without extensions.
   *
   * @param issuer an encoded name, such as {@link #name} gives
   * @param subject an encoded name; equal to the issuer for a self-signed certificate
   */
  public CertificateBuilder(
      byte[] issuer, byte[] subject, PublicKey key, Instant from, Instant end) {
    this.key = SubjectPublicKeyInfo.getInstance(key.getEncoded());
    this.builder =
        new X509v3CertificateBuilder(
            X500Name.getInstance(issuer),
            new BigInteger(127, RANDOM).setBit(126),
            Date.from(from),
            Date.from(end),
            X500Name.getInstance(subject),
            this.key);
  }

  /** A fresh P-256 key. */
  public static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no EC P-256 in this Java runtime", e);
    }
  }

  /** The encoded name of organizations and a common name, in this order. */
  public static byte[] name(String commonName, List<String> organizations) {
    X500NameBuilder name = new X500NameBuilder(BCStyle.INSTANCE);
    for (String organization : organizations) {
      name.addRDN(BCStyle.O, organization);
    }
    name.addRDN(BCStyle.CN, commonName);
    try {
      return name.build().getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes it the certificate of an authority. */
  public CertificateBuilder authority() {
    extension(Extension.basicConstraints, true, new BasicConstraints(true));
    extension(
        Extension.keyUsage,
        true,
        new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign | KeyUsage.cRLSign));
    extension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(key));
    return this;
  }

  /**
   * Makes it the certificate of a client, or of a server that may also be a client.
   *
   * @param authority the key that signs
   */
  public CertificateBuilder leaf(boolean serves, PublicKey authority) {
    extension(Extension.basicConstraints, true, new BasicConstraints(false));
    extension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    KeyPurposeId[] purposes =
        serves
            ? new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}
            : new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
    extension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
    extension(
        Extension.authorityKeyIdentifier,
        false,
        extensions.createAuthorityKeyIdentifier(
            SubjectPublicKeyInfo.getInstance(authority.getEncoded())));
    return this;
  }

  /**
   * Adds what it is valid for; does nothing without any.
   *
   * @param names DNS names and IP addresses
   */
  public CertificateBuilder names(List<String> names) {
    if (!names.isEmpty()) {
      GeneralName[] encoded =
          names.stream()
              .map(name ->
                  new GeneralName(
                      isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
              .toArray(GeneralName[]::new);
      extension(Extension.subjectAlternativeName, false, new GeneralNames(encoded));
    }
    return this;
  }

  /** Whether a name is an IP address rather than a DNS name. */
  public static boolean isAddress(String name) {
    return name.indexOf(':') >= 0 || name.matches("\\d{1,3}(\\.\\d{1,3}){3}");
  }

  /**
   * The certificate.
   *
   * @param key the issuer's EC key
   */
  public X509Certificate sign(PrivateKey key) {
    try {
      byte[] certificate =
          builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)).getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("the Java runtime cannot make a P-256 certificate", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void extension(ASN1ObjectIdentifier type, boolean critical, ASN1Encodable value) {
    try {
      builder.addExtension(type, critical, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static X509ExtensionUtils extensionUtils() {
    try {
      return new JcaX509ExtensionUtils();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no SHA-1 for key identifiers in this Java runtime", e);
    }
  }
}
