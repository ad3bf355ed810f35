// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.kube.x509.Pem;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The certificate and its key as they are in their files. A pair that cannot be used is reported
 * and the one before stays. {@link #current} is thread-safe, {@link #reload} is for one thread.
 */
final class TlsFiles {
  private static final System.Logger LOG = System.getLogger(TlsFiles.class.getName());

  /**
   * What connections are made with.
   *
   * @param doq for DNS over QUIC; null where there is no QUIC on this machine
   * @param http3 for HTTP/3, likewise
   */
  record Contexts(
      SslContext dot,
      SslContext https,
      @Nullable QuicSslContext doq,
      @Nullable QuicSslContext http3) {}

  private final Path certificateFile;
  private final Path keyFile;
  private byte[] certificateBytes;
  private byte[] keyBytes;
  private volatile Contexts current;

  /**
   * Reads the files.
   *
   * @throws IOException when they cannot be read or used; the message never has parts of the key
   */
  TlsFiles(Path certificateFile, Path keyFile) throws IOException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.certificateBytes = Files.readAllBytes(certificateFile);
    this.keyBytes = Files.readAllBytes(keyFile);
    this.current = contexts(certificateBytes, keyBytes);
  }

  /** What new connections are made with. */
  Contexts current() {
    return current;
  }

  /** Takes over what is in the files now; true when that is something new. */
  boolean reload() {
    try {
      byte[] certificate = Files.readAllBytes(certificateFile);
      byte[] key = Files.readAllBytes(keyFile);
      if (Arrays.equals(certificate, certificateBytes) && Arrays.equals(key, keyBytes)) {
        return false;
      }
      certificateBytes = certificate;
      keyBytes = key;
      current = contexts(certificate, key);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          () -> "the certificate in use stays file=" + certificateFile + " reason=" + e);
      return false;
    }
    LOG.log(System.Logger.Level.INFO, () -> "new certificate file=" + certificateFile);
    return true;
  }

  private Contexts contexts(byte[] certificatePem, byte[] keyPem) throws IOException {
    try {
      X509Certificate[] chain =
          Pem.certificates(new String(certificatePem, java.nio.charset.StandardCharsets.US_ASCII))
              .toArray(X509Certificate[]::new);
      PrivateKey key =
          Pem.privateKey(new String(keyPem, java.nio.charset.StandardCharsets.US_ASCII));
      if (chain.length == 0) {
        throw new IOException("no certificate in " + certificateFile);
      }
      boolean quic = Quic.isAvailable();
      return new Contexts(
          tls(key, chain, "dot"),
          tls(key, chain, "h2", "http/1.1"),
          quic ? quic(key, chain, "doq") : null,
          quic ? quic(key, chain, "h3") : null);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "cannot use " + certificateFile + " with " + keyFile + ": " + e.getMessage(), e);
    }
  }

  private static SslContext tls(PrivateKey key, X509Certificate[] chain, String... protocols)
      throws IOException {
    return SslContextBuilder.forServer(key, chain)
        .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
        .protocols("TLSv1.3", "TLSv1.2")
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols))
        .build();
  }

  private static QuicSslContext quic(PrivateKey key, X509Certificate[] chain, String protocol) {
    return QuicSslContextBuilder.forServer(key, null, chain).applicationProtocols(protocol).build();
  }
}
