// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.TestServers;
import dev.fairway.kube.x509.CertificateBuilder;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for {@code localhost} and its key. */
record TestIdentity(X509Certificate certificate, KeyPair key) {
  private static final Instant FROM = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("2100-01-01T00:00:00Z");

  static TestIdentity fresh() {
    KeyPair key = CertificateBuilder.newKey();
    byte[] name = CertificateBuilder.name("localhost", List.of());
    return new TestIdentity(
        new CertificateBuilder(name, name, key.getPublic(), FROM, END)
            .leaf(true, key.getPublic())
            .names(List.of("localhost", "127.0.0.1"))
            .sign(key.getPrivate()),
        key);
  }

  /** Writes {@code tls.crt} and {@code tls.key} into a folder. */
  void write(Path folder) throws IOException {
    try {
      Files.writeString(folder.resolve("tls.crt"), pem("CERTIFICATE", certificate.getEncoded()));
      Files.writeString(
          folder.resolve("tls.key"), pem("PRIVATE KEY", key.getPrivate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Writes itself, for a server that is encrypted in all the ways that this machine can. */
  SecureOptions serveAll(Path folder) throws IOException {
    write(folder);
    InetSocketAddress any = TestServers.anyPort();
    SecureOptions options =
        SecureOptions.of(folder.resolve("tls.crt"), folder.resolve("tls.key"))
            .withTls(any)
            .withHttps(any);
    return Quic.isAvailable() ? options.withQuic(any) : options.withHttp3(false);
  }

  /** A connection to a server that shows this certificate; reads wait for ten seconds. */
  SSLSocket connect(InetSocketAddress server) throws GeneralSecurityException, IOException {
    SSLSocket socket =
        (SSLSocket) client().getSocketFactory().createSocket(server.getAddress(), server.getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** What clients trust it with. */
  TrustManagerFactory trust() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("server", certificate);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust;
  }

  /** A context for clients. */
  SSLContext client() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust().getTrustManagers(), null);
    return context;
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
  }
}
