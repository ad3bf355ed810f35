// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import static dev.fairway.kube.x509.Der.der;
import static dev.fairway.kube.x509.Der.hex;
import static dev.fairway.kube.x509.Der.oid;
import static dev.fairway.kube.x509.Der.sequence;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes one X.509 version 3 certificate (RFC 5280) that an EC key signs with SHA-256. Not
 * thread-safe.
 */
public final class CertificateBuilder {
  private static final byte[] VERSION_3 = der(0xa0, hex("020102"));
  private static final byte[] ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
  private static final byte[] COMMON_NAME = oid("550403");
  private static final byte[] ORGANIZATION = oid("55040a");
  private static final byte[] SUBJECT_KEY_ID = oid("551d0e");
  private static final byte[] KEY_USAGE = oid("551d0f");
  private static final byte[] ALTERNATIVE_NAMES = oid("551d11");
  private static final byte[] BASIC_CONSTRAINTS = oid("551d13");
  private static final byte[] AUTHORITY_KEY_ID = oid("551d23");
  private static final byte[] EXTENDED_KEY_USAGE = oid("551d25");
  private static final byte[] SERVER_AUTH = oid("2b06010505070301");
  private static final byte[] CLIENT_AUTH = oid("2b06010505070302");
  private static final byte[] TRUE = der(Der.BOOLEAN, hex("ff"));
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final DateTimeFormatter SHORT_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT);
  private static final DateTimeFormatter LONG_TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT);

  private final byte[] issuer;
  private final byte[] subject;
  private final PublicKey key;
  private final byte[] validity;
  private final List<byte[]> extensions = new ArrayList<>();

  /**
   * A certificate without extensions.
   *
   * @param issuer an encoded name, such as {@link #name} gives
   * @param subject an encoded name; equal to the issuer for a self-signed certificate
   */
  public CertificateBuilder(
      byte[] issuer, byte[] subject, PublicKey key, Instant from, Instant end) {
    this.issuer = issuer.clone();
    this.subject = subject.clone();
    this.key = key;
    this.validity = sequence(time(from), time(end));
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
    List<byte[]> parts = new ArrayList<>();
    for (String organization : organizations) {
      parts.add(attribute(ORGANIZATION, organization));
    }
    parts.add(attribute(COMMON_NAME, commonName));
    return sequence(parts.toArray(byte[][]::new));
  }

  private static byte[] attribute(byte[] type, String value) {
    byte[] text = der(Der.UTF8_STRING, value.getBytes(StandardCharsets.UTF_8));
    return der(Der.SET, sequence(type, text));
  }

  /** Makes it the certificate of an authority. */
  public CertificateBuilder authority() {
    extension(BASIC_CONSTRAINTS, true, sequence(TRUE));
    // digitalSignature, keyCertSign, cRLSign
    extension(KEY_USAGE, true, der(Der.BIT_STRING, hex("0186")));
    extension(SUBJECT_KEY_ID, false, der(Der.OCTET_STRING, keyId(key)));
    return this;
  }

  /**
   * Makes it the certificate of a client, or of a server that may also be a client.
   *
   * @param authority the key that signs
   */
  public CertificateBuilder leaf(boolean serves, PublicKey authority) {
    extension(BASIC_CONSTRAINTS, true, sequence());
    extension(KEY_USAGE, true, der(Der.BIT_STRING, hex("0780"))); // digitalSignature
    byte[] purposes = serves ? sequence(SERVER_AUTH, CLIENT_AUTH) : sequence(CLIENT_AUTH);
    extension(EXTENDED_KEY_USAGE, false, purposes);
    extension(AUTHORITY_KEY_ID, false, sequence(der(0x80, keyId(authority))));
    return this;
  }

  /**
   * Adds what it is valid for; does nothing without any.
   *
   * @param names DNS names and IP addresses
   */
  public CertificateBuilder names(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<byte[]> encoded = new ArrayList<>();
    for (String name : names) {
      encoded.add(
          isAddress(name)
              ? der(0x87, address(name))
              : der(0x82, name.getBytes(StandardCharsets.US_ASCII)));
    }
    extension(ALTERNATIVE_NAMES, false, sequence(encoded.toArray(byte[][]::new)));
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
    byte[] serial = new BigInteger(127, RANDOM).setBit(126).toByteArray();
    byte[] body =
        sequence(
            VERSION_3,
            der(Der.INTEGER, serial),
            ECDSA_WITH_SHA256,
            issuer,
            validity,
            subject,
            this.key.getEncoded(),
            extensions.isEmpty()
                ? new byte[0]
                : der(0xa3, sequence(extensions.toArray(byte[][]::new))));
    try {
      Signature signer = Signature.getInstance("SHA256withECDSA");
      signer.initSign(key, RANDOM);
      signer.update(body);
      byte[] signature = der(Der.BIT_STRING, new byte[1], signer.sign());
      byte[] certificate = sequence(body, ECDSA_WITH_SHA256, signature);
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java runtime cannot make a P-256 certificate", e);
    }
  }

  private void extension(byte[] type, boolean critical, byte[] value) {
    byte[] octets = der(Der.OCTET_STRING, value);
    extensions.add(critical ? sequence(type, TRUE, octets) : sequence(type, octets));
  }

  /** RFC 5280 4.2.1.2 (1): SHA-1 of the key's bit string. */
  private static byte[] keyId(PublicKey key) {
    byte[] info = key.getEncoded();
    int algorithm = Der.contentStart(info, 0);
    int bits = Der.contentStart(info, algorithm) + Der.length(info, algorithm);
    int start = Der.contentStart(info, bits) + 1; // after the number of unused bits
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(info, start, info.length - start);
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no SHA-1 for key identifiers in this Java runtime", e);
    }
  }

  private static byte[] address(String name) {
    try {
      return InetAddress.ofLiteral(name).getAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("name: " + name + " (expected: an IP address)", e);
    }
  }

  /** In the short form until 2049, as RFC 5280 4.1.2.5 wants it. */
  private static byte[] time(Instant instant) {
    ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
    boolean brief = utc.getYear() < 2050;
    String text = (brief ? SHORT_TIME : LONG_TIME).format(utc);
    return der(
        brief ? Der.UTC_TIME : Der.GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }
}
