// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PEM texts in ConfigMaps and Secrets. */
final class Authorities {
  private Authorities() {}

  /** The certificates in {@code ca.crt}, or "" where there are no valid ones. */
  static String pem(@Nullable ConfigMap configMap) {
    String text = configMap == null ? null : configMap.data().get("ca.crt");
    if (text == null) {
      return "";
    }
    return certificates(text).isEmpty() ? "" : text + "\n";
  }

  /** The certificates of a PEM text; none where it is malformed. */
  static List<X509Certificate> certificates(String pem) {
    try {
      return pem.isEmpty() ? List.of() : Pem.certificates(pem);
    } catch (GeneralSecurityException malformed) {
      return List.of();
    }
  }

  /** The chain and the key of a TLS Secret, or null where one is missing. */
  static BackendTls.@Nullable ClientKey clientKey(@Nullable Secret secret) {
    byte[] certificates = secret == null ? null : secret.decoded("tls.crt");
    byte[] key = secret == null ? null : secret.decoded("tls.key");
    return certificates == null || key == null
        ? null
        : new BackendTls.ClientKey(
            new String(certificates, StandardCharsets.US_ASCII),
            new String(key, StandardCharsets.US_ASCII));
  }
}
