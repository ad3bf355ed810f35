// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.tls.TlsRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the ConfigMap says of versions and ciphers of TLS. What is too weak is told and left out.
 */
final class TlsSettings {
  private static final Map<String, String> CIPHERS =
      Map.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** Suites of TLS 1.3, which are always there. */
  private static final String TLS13 = "TLS_";

  private TlsSettings() {}

  static TlsRules read(Annotations config) {
    TlsRules usual = TlsRules.DEFAULT;
    List<String> protocols = protocols(config);
    List<String> ciphers = ciphers(config);
    return protocols == null && ciphers == null
        ? usual
        : new TlsRules(
            protocols == null ? usual.protocols() : protocols,
            ciphers == null ? usual.ciphers() : ciphers);
  }

  /** Null where nothing is said, or nothing that could be done. */
  private static @Nullable List<String> protocols(Annotations config) {
    String text = config.text("ssl-protocols");
    if (text == null) {
      return null;
    }
    List<String> asked = List.of(text.split("\\s+"));
    List<String> taken = new ArrayList<>(TlsRules.DEFAULT.protocols());
    taken.retainAll(asked);
    List<String> left = new ArrayList<>(asked);
    left.removeAll(taken);
    if (taken.isEmpty()) {
      config.invalid("ssl-protocols", "TLSv1.2, TLSv1.3 or both with a blank between them");
      return null;
    }
    tell(config, "ssl-protocols", left);
    return taken;
  }

  private static @Nullable List<String> ciphers(Annotations config) {
    String text = config.text("ssl-ciphers");
    if (text == null) {
      return null;
    }
    List<String> taken = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (String name : text.split("[:,\\s]+")) {
      String suite = CIPHERS.get(name);
      if (suite != null && !taken.contains(suite)) {
        taken.add(suite);
      } else if (suite == null && !name.isEmpty() && !name.startsWith(TLS13)) {
        left.add(name);
      }
    }
    if (taken.isEmpty()) {
      config.invalid("ssl-ciphers", "names as OpenSSL has them, ECDHE with GCM or CHACHA20");
      return null;
    }
    tell(config, "ssl-ciphers", left);
    return taken;
  }

  private static void tell(Annotations config, String key, List<String> left) {
    if (!left.isEmpty()) {
      config.ignored(key, "of its words these, which are unknown or too weak: " + left);
    }
  }
}
