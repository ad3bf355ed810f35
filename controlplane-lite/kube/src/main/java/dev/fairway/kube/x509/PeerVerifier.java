// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges the certificates of clients, of servers or of both, however the connection is made; the
 * side that is not overridden is refused. Nothing but what a subclass says is checked, names least
 * of all.
 */
public abstract class PeerVerifier extends X509ExtendedTrustManager {
  /** Takes every server, whatever its chain and its names. */
  public static final PeerVerifier ANY_SERVER =
      new PeerVerifier() {
        @Override
        protected void checkServer(X509Certificate[] chain, String type) {
          // Any.
        }
      };

  /** A context for clients that check nothing of the server. */
  public static SSLContext anyServer() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {ANY_SERVER}, null);
    return context;
  }

  /** Judges the chain of a client, leaf first. */
  protected void checkClient(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("not for clients");
  }

  /** Judges the chain of a server, leaf first. */
  protected void checkServer(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("not for servers");
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    checkClient(chain, type);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClient(chain, type);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkClient(chain, type);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    checkServer(chain, type);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServer(chain, type);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServer(chain, type);
  }

  /** None, so that peers are not told whom to please. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
