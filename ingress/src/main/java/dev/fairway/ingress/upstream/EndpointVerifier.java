// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.x509.PeerVerifier;
import dev.fairway.kube.x509.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges the certificate of an endpoint: its chain by the configured authorities, its names by the
 * configured ones. Thread-safe.
 */
final class EndpointVerifier extends PeerVerifier {
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int ADDRESS = 7;

  /** Null where every certificate is good. */
  private final @Nullable X509TrustManager chains;

  private final List<String> names;

  private EndpointVerifier(@Nullable X509TrustManager chains, List<String> names) {
    this.chains = chains;
    this.names = List.copyOf(names);
  }

  /** The verifier of a configuration. */
  static EndpointVerifier of(BackendTls tls) throws GeneralSecurityException {
    if (!tls.verify()) {
      return new EndpointVerifier(null, List.of());
    }
    List<String> names = tls.subjectAltNames();
    if (names.isEmpty() && !tls.serverName().isEmpty()) {
      names = List.of(tls.serverName());
    }
    return new EndpointVerifier(chains(tls.authorities()), names);
  }

  private static X509TrustManager chains(String authorities) throws GeneralSecurityException {
    KeyStore store = null;
    if (!authorities.isEmpty()) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      try {
        store.load(null, null);
      } catch (IOException impossible) {
        throw new GeneralSecurityException(impossible);
      }
      int i = 0;
      for (X509Certificate authority : Pem.certificates(authorities)) {
        store.setCertificateEntry("authority-" + i++, authority);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new GeneralSecurityException("the Java runtime cannot verify certificates");
  }

  @Override
  protected void checkServer(X509Certificate[] chain, String type) throws CertificateException {
    if (chains == null) {
      return;
    }
    chains.checkServerTrusted(chain, type);
    if (!names.isEmpty() && !isNamed(chain[0])) {
      throw new CertificateException("the certificate of the backend is for other names");
    }
  }

  private boolean isNamed(X509Certificate leaf) throws CertificateException {
    Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
    if (alternatives == null) {
      return false;
    }
    for (List<?> entry : alternatives) {
      if (entry.get(0) instanceof Integer type && entry.get(1) instanceof String value) {
        for (String name : names) {
          if (matches(type, value, name)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean matches(int type, String value, String name) {
    return switch (type) {
      case DNS -> matchesHost(value.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      case URI -> value.equals(name);
      case ADDRESS -> isSameAddress(value, name);
      default -> false;
    };
  }

  /** A wildcard stands for exactly one label. */
  private static boolean matchesHost(String pattern, String host) {
    int dot = host.indexOf('.');
    return pattern.equals(host)
        || (pattern.startsWith("*.")
            && dot > 0
            && pattern.substring(1).equals(host.substring(dot)));
  }

  private static boolean isSameAddress(String value, String name) {
    boolean literal = name.indexOf(':') >= 0 || name.matches("[0-9.]+");
    try {
      return literal && InetAddress.getByName(value).equals(InetAddress.getByName(name));
    } catch (UnknownHostException malformed) {
      return false;
    }
  }
}
