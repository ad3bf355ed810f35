// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import dev.fairway.kube.x509.CertificateBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The certificate authority of a cluster, kept in a directory as {@code ca.crt} and {@code ca.key}.
 * Keys are EC P-256 and readable by their owner only. The authority's certificate is made anew with
 * the same key when it nears its end, so what it signed stays valid. Thread-safe.
 */
public final class ClusterCa {
  private static final Duration CA_VALIDITY = Duration.ofDays(3650);
  private static final Duration LEAF_VALIDITY = Duration.ofDays(365);
  private static final Duration CA_RENEWAL = Duration.ofDays(180);
  private static final Duration LEAF_RENEWAL = Duration.ofDays(30);
  private static final String CA_NAME = "fairway-ca";

  private final Path directory;
  private final InstantSource clock;
  private final Credential ca;

  private ClusterCa(Path directory, InstantSource clock, Credential ca) {
    this.directory = directory;
    this.clock = clock;
    this.ca = ca;
  }

  /**
   * Reads the authority, or makes it on first use.
   *
   * @throws IOException if the files cannot be read or written, or do not belong together
   */
  public static ClusterCa open(Path directory, InstantSource clock) throws IOException {
    Files.createDirectories(directory);
    Path certificateFile = directory.resolve("ca.crt");
    Path keyFile = directory.resolve("ca.key");
    Instant now = clock.instant();
    if (!Files.exists(keyFile)) {
      KeyPair key = CertificateBuilder.newKey();
      byte[] subject = CertificateBuilder.name(CA_NAME, List.of());
      X509Certificate certificate = CertificateIssuer.authority(subject, key, now, CA_VALIDITY);
      PemFiles.write(keyFile, PemFiles.key(key.getPrivate()), true);
      PemFiles.write(certificateFile, PemFiles.certificate(certificate), false);
      return new ClusterCa(directory, clock, new Credential(certificate, key.getPrivate()));
    }
    Credential ca =
        new Credential(PemFiles.readCertificate(certificateFile), PemFiles.readKey(keyFile));
    if (isNearEnd(ca.certificate(), now, CA_RENEWAL)) {
      byte[] subject = ca.certificate().getSubjectX500Principal().getEncoded();
      X509Certificate renewed =
          CertificateIssuer.authority(
              subject, new KeyPair(ca.certificate().getPublicKey(), ca.key()), now, CA_VALIDITY);
      PemFiles.write(certificateFile, PemFiles.certificate(renewed), false);
      ca = new Credential(renewed, ca.key());
    }
    return new ClusterCa(directory, clock, ca);
  }

  public X509Certificate certificate() {
    return ca.certificate();
  }

  /** The authority's certificate in PEM, for clients to trust. */
  public String certificatePem() {
    return ca.certificatePem();
  }

  /**
   * Makes a key and a certificate for it that is valid for a year; nothing is written.
   *
   * @param commonName the user name
   * @param groups the groups (organizations)
   * @param sans DNS names and IP addresses to serve under, empty for a mere client
   */
  public Credential issue(String commonName, List<String> groups, List<String> sans)
      throws IOException {
    KeyPair key = CertificateBuilder.newKey();
    Instant now = clock.instant();
    X509Certificate certificate =
        CertificateIssuer.leaf(
            ca,
            CertificateBuilder.name(commonName, groups),
            key.getPublic(),
            sans,
            now,
            now.plus(LEAF_VALIDITY));
    return new Credential(certificate, key.getPrivate());
  }

  /**
   * Like {@link #issue}, but kept in {@code name.crt} and {@code name.key} of the directory and
   * used again until it nears its end, or the names or the authority changed.
   */
  public Credential kept(String name, String commonName, List<String> groups, List<String> sans)
      throws IOException {
    Path certificateFile = directory.resolve(name + ".crt");
    Path keyFile = directory.resolve(name + ".key");
    if (Files.exists(certificateFile) && Files.exists(keyFile)) {
      Credential old =
          new Credential(PemFiles.readCertificate(certificateFile), PemFiles.readKey(keyFile));
      if (isUsable(old.certificate(), commonName, groups, sans)) {
        return old;
      }
    }
    Credential made = issue(commonName, groups, sans);
    PemFiles.write(keyFile, made.keyPem(), true);
    PemFiles.write(certificateFile, made.certificatePem(), false);
    return made;
  }

  private boolean isUsable(
      X509Certificate certificate, String commonName, List<String> groups, List<String> sans) {
    if (isNearEnd(certificate, clock.instant(), LEAF_RENEWAL)) {
      return false;
    }
    Identity identity = Identity.of(certificate);
    if (!identity.name().equals(commonName)
        || !new HashSet<>(identity.groups()).equals(new HashSet<>(groups))) {
      return false;
    }
    try {
      certificate.verify(ca.certificate().getPublicKey());
      return sansOf(certificate).containsAll(canonical(sans));
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static Set<String> sansOf(X509Certificate certificate) throws GeneralSecurityException {
    Set<String> sans = new HashSet<>();
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names != null) {
      for (List<?> name : names) {
        sans.add(String.valueOf(name.get(1)));
      }
    }
    return canonical(sans);
  }

  private static Set<String> canonical(Collection<String> sans) {
    Set<String> canonical = new HashSet<>();
    for (String san : sans) {
      try {
        canonical.add(
            CertificateBuilder.isAddress(san) ? InetAddress.getByName(san).getHostAddress() : san);
      } catch (UnknownHostException _) {
        canonical.add(san);
      }
    }
    return canonical;
  }

  private static boolean isNearEnd(X509Certificate certificate, Instant now, Duration margin) {
    return now.plus(margin).isAfter(certificate.getNotAfter().toInstant());
  }
}
