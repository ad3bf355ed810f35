// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.util.ArrayList;
import java.util.List;

/**
 * What the gateway agrees to where it ends TLS.
 *
 * @param protocols versions as the JDK names them, the newest first
 * @param ciphers suites as the JDK names them, the preferred one first; those of TLS 1.3 are always
 *     among them
 */
public record TlsRules(List<String> protocols, List<String> ciphers) {
  private static final List<String> OF_TLS13 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** TLS 1.3 and 1.2 with forward secrecy and authenticated encryption. */
  public static final TlsRules DEFAULT =
      new TlsRules(
          List.of("TLSv1.3", "TLSv1.2"),
          List.of(
              "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
              "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"));

  public TlsRules {
    protocols = List.copyOf(protocols);
    ciphers = withTls13(ciphers);
  }

  private static List<String> withTls13(List<String> ciphers) {
    if (ciphers.containsAll(OF_TLS13)) {
      return List.copyOf(ciphers);
    }
    List<String> all = new ArrayList<>(OF_TLS13);
    all.addAll(ciphers);
    return List.copyOf(all);
  }
}
