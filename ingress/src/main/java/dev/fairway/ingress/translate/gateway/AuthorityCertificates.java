// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.x509.Pem;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of authorities in {@code ca.crt} of ConfigMaps, parsed when first asked for and
 * again when a ConfigMap changes. Not thread-safe.
 */
final class AuthorityCertificates {
  /**
   * What a ConfigMap holds.
   *
   * @param pem "" where no certificate is valid
   */
  record Found(String pem, List<X509Certificate> certificates) {
    static final Found NOTHING = new Found("", List.of());

    boolean isEmpty() {
      return pem.isEmpty();
    }
  }

  private record Parsed(String text, Found found) {}

  private final Map<ObjectKey, Parsed> parsed = new HashMap<>();

  /**
   * The certificates of a ConfigMap.
   *
   * @param configMap null where there is none of that name
   */
  Found get(ObjectKey key, @Nullable ConfigMap configMap) {
    String text = configMap == null ? null : configMap.data().get("ca.crt");
    if (text == null) {
      parsed.remove(key);
      return Found.NOTHING;
    }
    Parsed known = parsed.get(key);
    if (known == null || !known.text.equals(text)) {
      known = new Parsed(text, parse(text));
      parsed.put(key, known);
    }
    return known.found;
  }

  private static Found parse(String text) {
    try {
      List<X509Certificate> certificates = Pem.certificates(text);
      return certificates.isEmpty() ? Found.NOTHING : new Found(text + "\n", certificates);
    } catch (GeneralSecurityException malformed) {
      return Found.NOTHING;
    }
  }
}
