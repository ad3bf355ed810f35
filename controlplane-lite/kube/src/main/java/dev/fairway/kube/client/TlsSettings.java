// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.client.Credentials.ClientIdentity;
import dev.fairway.kube.x509.KeyIdentity;
import dev.fairway.kube.x509.PeerVerifier;
import dev.fairway.kube.x509.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom to trust and how to show who we are; all texts are PEM.
 *
 * @param authority certificates to trust, or null for the JDK's
 * @param certificate our certificate chain, or null
 * @param key its private key, or null
 * @param insecure whether any certificate is good
 * @param serverName the name that the server's certificate must have, "" for the URL's host
 */
record TlsSettings(
    @Nullable String authority,
    @Nullable String certificate,
    @Nullable String key,
    boolean insecure,
    String serverName) {
  /**
   * A context for client connections.
   *
   * @param identity replaces certificate and key, or null
   */
  SSLContext context(@Nullable ClientIdentity identity)
      throws GeneralSecurityException, IOException {
    String chain = identity == null ? certificate : identity.certificates();
    String privateKey = identity == null ? key : identity.key();
    KeyManager[] keys = null;
    if (chain != null && privateKey != null) {
      keys =
          new KeyManager[] {new KeyIdentity(Pem.privateKey(privateKey), Pem.certificates(chain))};
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust(), null);
    return context;
  }

  private TrustManager @Nullable [] trust() throws GeneralSecurityException, IOException {
    if (insecure) {
      return new TrustManager[] {PeerVerifier.ANY_SERVER};
    }
    KeyStore store = null;
    if (authority != null) {
      store = emptyStore();
      List<X509Certificate> certificates = Pem.certificates(authority);
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry("ca-" + i, certificates.get(i));
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    TrustManager[] managers = factory.getTrustManagers();
    return serverName.isEmpty() || !(managers[0] instanceof X509TrustManager chain)
        ? managers
        : new TrustManager[] {new NamedServer(chain, serverName)};
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  @Override
  public String toString() {
    return "TlsSettings[insecure=" + insecure + ", serverName=" + serverName + "]";
  }

  /** Checks the chain, and one fixed name instead of the URL's host. */
  private static final class NamedServer extends PeerVerifier {
    private final X509TrustManager chains;
    private final String name;

    NamedServer(X509TrustManager chains, String name) {
      this.chains = chains;
      this.name = name;
    }

    @Override
    protected void checkServer(X509Certificate[] chain, String type) throws CertificateException {
      chains.checkServerTrusted(chain, type);
      Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> entry : names) {
          if (entry.get(1) instanceof String pattern && matches(pattern)) {
            return;
          }
        }
      }
      throw new CertificateException("the server's certificate is not for " + name);
    }

    private boolean matches(String pattern) {
      int dot = name.indexOf('.');
      return pattern.equalsIgnoreCase(name)
          || (pattern.startsWith("*.")
              && dot > 0
              && pattern.substring(1).equalsIgnoreCase(name.substring(dot)));
    }
  }
}
