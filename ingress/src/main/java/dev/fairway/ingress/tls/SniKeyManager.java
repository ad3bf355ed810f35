// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a certificate by the server name of a handshake. JSSE asks for an alias first and for the
 * key of the alias right after; the certificates of the previous index stay reachable by alias, so
 * that a replacement in between harms no handshake. Thread-safe.
 */
final class SniKeyManager extends X509ExtendedKeyManager {
  private record Keys(
      CertificateIndex index, Map<String, Certificate> byAlias, Map<String, Certificate> before) {}

  private final Supplier<Certificate> fallback;
  private volatile Keys keys =
      new Keys(CertificateIndex.empty(), new ConcurrentHashMap<>(), Map.of());

  SniKeyManager(Supplier<Certificate> fallback) {
    this.fallback = fallback;
  }

  void replace(CertificateIndex index) {
    keys = new Keys(index, new ConcurrentHashMap<>(), keys.byAlias);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    Keys current = keys;
    Certificate chosen = null;
    if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName host && chosen == null) {
          chosen = current.index.find(host.getAsciiName());
        }
      }
    }
    if (chosen == null) {
      chosen = fallback.get();
    }
    boolean usable =
        keyType.equals(chosen.keyType())
            || (keyType.equals("RSASSA-PSS") && chosen.keyType().equals("RSA"));
    if (!usable) {
      return null;
    }
    String alias = Integer.toHexString(System.identityHashCode(chosen)) + "-" + chosen.hashCode();
    current.byAlias.put(alias, chosen);
    return alias;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Certificate certificate = byAlias(alias);
    return certificate == null ? null : certificate.chain();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Certificate certificate = byAlias(alias);
    return certificate == null ? null : certificate.key();
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  private @Nullable Certificate byAlias(@Nullable String alias) {
    if (alias == null) {
      return null;
    }
    Keys current = keys;
    Certificate certificate = current.byAlias.get(alias);
    return certificate == null ? current.before.get(alias) : certificate;
  }
}
