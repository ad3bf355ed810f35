// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes TLS connections to upstreams (RFC 7858, the strict profile of RFC 8310). */
final class TlsConnector {
  private static final char[] NO_PASSWORD = new char[0];
  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  private TlsConnector() {}

  /**
   * Puts TLS on a connection. The certificate must be for the upstream's name, or where it has none
   * for its address.
   */
  static SSLSocket connect(Socket socket, UpstreamAddress upstream, TlsFiles files)
      throws IOException {
    String address = upstream.address().getAddress().getHostAddress();
    String name = upstream.serverName().isEmpty() ? address : upstream.serverName();
    SSLSocket secure =
        (SSLSocket)
            context(files)
                .getSocketFactory()
                .createSocket(socket, name, upstream.address().getPort(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"dot"});
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    if (!upstream.serverName().isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(upstream.serverName())));
    }
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return secure;
  }

  private static SSLContext context(TlsFiles files) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(files), authorities(files), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS to upstreams is not possible: " + e.getMessage(), e);
    }
  }

  private static TrustManager @Nullable [] authorities(TlsFiles files)
      throws GeneralSecurityException, IOException {
    if (files.authorities().isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int index = 0;
    for (Certificate certificate : certificates(files.authorities())) {
      store.setCertificateEntry("authority" + index++, certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(TlsFiles files)
      throws GeneralSecurityException, IOException {
    if (files.certificate().isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        privateKey(files.key()),
        NO_PASSWORD,
        certificates(files.certificate()).toArray(new Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static List<Certificate> certificates(String file)
      throws GeneralSecurityException, IOException {
    try (InputStream in = new FileInputStream(file)) {
      return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
    }
  }

  private static PrivateKey privateKey(String file) throws GeneralSecurityException, IOException {
    String pem = Files.readString(Path.of(file), StandardCharsets.US_ASCII);
    String begin = "-----BEGIN PRIVATE KEY-----";
    int from = pem.indexOf(begin);
    int to = pem.indexOf("-----END PRIVATE KEY-----");
    if (from < 0 || to < from) {
      throw new IOException(file + " has no PKCS #8 key (BEGIN PRIVATE KEY)");
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to));
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // another algorithm's key
        continue;
      }
    }
    throw new IOException(file + " is no EC, RSA or EdDSA key");
  }
}
