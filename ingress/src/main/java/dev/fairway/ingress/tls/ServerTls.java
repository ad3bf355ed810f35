// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * TLS 1.2 and 1.3 for servers, one context for all names: the certificate is chosen by the name
 * that the client asks for, from an index that can be replaced at any time. Thread-safe.
 */
public final class ServerTls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final String[] CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };
  private static final int SESSION_CACHE = 20_480;
  private static final int SESSION_SECONDS = 3_600;

  private final SniKeyManager keys;
  private final SSLContext context;

  /**
   * @param fallback for clients that ask for no name or an unknown one
   */
  public ServerTls(Supplier<Certificate> fallback) {
    keys = new SniKeyManager(fallback);
    try {
      context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, null, null);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("the Java runtime has no TLS", missing);
    }
    context.getServerSessionContext().setSessionCacheSize(SESSION_CACHE);
    context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
  }

  /** Replaces the certificates for the handshakes that begin from now on. */
  public void replace(CertificateIndex certificates) {
    keys.replace(certificates);
  }

  /** An engine for one connection, offering the given protocols by ALPN. */
  public SSLEngine newEngine(String... applicationProtocols) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setCipherSuites(CIPHER_SUITES);
    parameters.setUseCipherSuitesOrder(true);
    parameters.setApplicationProtocols(applicationProtocols);
    engine.setSSLParameters(parameters);
    return engine;
  }
}
