// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import dev.fairway.kube.x509.Pem;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;

/** Certificates and keys in files of PEM. */
final class PemFiles {
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String KEY = "PRIVATE KEY";

  private PemFiles() {}

  static String certificate(X509Certificate certificate) {
    try {
      return encode(CERTIFICATE, certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("certificate cannot be encoded", e);
    }
  }

  static String key(PrivateKey key) {
    return encode(KEY, key.getEncoded());
  }

  static X509Certificate readCertificate(Path file) throws IOException {
    try {
      return Pem.certificates(Files.readString(file)).getFirst();
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  static PrivateKey readKey(Path file) throws IOException {
    try {
      return Pem.privateKey(Files.readString(file));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Replaces a file in one step.
   *
   * @param secret readable by the owner only, from the first moment on
   */
  static void write(Path file, String text, boolean secret) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Set<java.nio.file.attribute.PosixFilePermission> mode =
        PosixFilePermissions.fromString(secret ? "rw-------" : "rw-r--r--");
    try (var channel =
            Files.newByteChannel(
                temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(mode));
        var out = Channels.newOutputStream(channel)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String encode(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}
