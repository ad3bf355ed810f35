// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.x509.KeyIdentity;
import dev.fairway.kube.x509.Pem;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A key and its certificates in files. Where the files change, the next handshake shows what is in
 * them, or goes on with what was there while they are not usable. Thread-safe.
 */
final class FileIdentity extends X509ExtendedKeyManager {
  private static final Logger LOG = System.getLogger(FileIdentity.class.getName());

  /** What was read, and how old the files were. */
  private record Read(Set<FileTime> times, KeyIdentity identity) {}

  private final Path certificate;
  private final Path key;
  private volatile Read current;

  /**
   * Reads the files.
   *
   * @throws IOException where they hold no key with its certificate
   */
  FileIdentity(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    current = read(certificate, key);
  }

  SSLContext context() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {this}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS is not usable", e);
    }
  }

  private static Read read(Path certificate, Path key) throws IOException {
    Set<FileTime> times = times(certificate, key);
    try {
      List<X509Certificate> chain = Pem.certificates(Files.readString(certificate));
      if (chain.isEmpty()) {
        throw new IOException("no certificate in " + certificate);
      }
      return new Read(times, new KeyIdentity(Pem.privateKey(Files.readString(key)), chain));
    } catch (GeneralSecurityException e) {
      throw new IOException(certificate + " and " + key + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static Set<FileTime> times(Path certificate, Path key) throws IOException {
    FileTime first = Files.getLastModifiedTime(certificate);
    FileTime second = Files.getLastModifiedTime(key);
    return first.equals(second) ? Set.of(first) : Set.of(first, second);
  }

  private KeyIdentity identity() {
    Read known = current;
    try {
      if (!times(certificate, key).equals(known.times)) {
        known = read(certificate, key);
        current = known;
      }
    } catch (IOException notNow) {
      LOG.log(Level.WARNING, "the former certificate stays in use: {0}", notNow.getMessage());
    }
    return known.identity;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return identity().chooseEngineServerAlias(type, issuers, engine);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return identity().chooseServerAlias(type, issuers, socket);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return current.identity.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return current.identity.getPrivateKey(alias);
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    return current.identity.getServerAliases(type, issuers);
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
