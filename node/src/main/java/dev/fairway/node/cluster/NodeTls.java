// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.apiserver.pki.ClusterCa;
import dev.fairway.apiserver.pki.Credential;
import dev.fairway.kube.x509.KeyIdentity;
import dev.fairway.kube.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The server certificate of a node, in memory or in the files that a node process reads. */
final class NodeTls {
  private NodeTls() {}

  /** The certificate of a node of this process. */
  static SSLContext issue(ClusterCa ca, String name, String address) throws IOException {
    Credential credential = credential(ca, name, address);
    return context(credential.key(), credential.certificate(), ca.certificate());
  }

  /** A node's certificate in files that only their owner may read. */
  static void write(ClusterCa ca, String name, String address, Path folder) throws IOException {
    Credential credential = credential(ca, name, address);
    Files.writeString(folder.resolve("tls.crt"), credential.certificatePem());
    Path key = folder.resolve("tls.key");
    Files.deleteIfExists(key);
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, credential.keyPem());
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
  }

  private static Credential credential(ClusterCa ca, String name, String address)
      throws IOException {
    return ca.kept(
        "kubelet-" + name, "system:node:" + name, List.of("system:nodes"), List.of(name, address));
  }

  /** What {@link #write} wrote. */
  static SSLContext read(Path folder) throws IOException {
    try {
      return context(
          Pem.privateKey(Files.readString(folder.resolve("tls.key"))),
          certificate(folder.resolve("tls.crt")),
          certificate(folder.resolve("ca.crt")));
    } catch (GeneralSecurityException e) {
      throw new IOException("the node's certificate in " + folder + " cannot be used", e);
    }
  }

  private static X509Certificate certificate(Path file)
      throws IOException, GeneralSecurityException {
    return Pem.certificates(Files.readString(file)).getFirst();
  }

  private static SSLContext context(PrivateKey key, X509Certificate own, X509Certificate authority)
      throws IOException {
    try {
      return new KeyIdentity(key, List.of(own, authority)).contextTrusting(authority);
    } catch (GeneralSecurityException e) {
      throw new IOException("the node's certificate cannot be used", e);
    }
  }
}
