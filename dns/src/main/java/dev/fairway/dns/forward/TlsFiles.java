// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

/**
 * PEM files for TLS to upstreams; empty paths for none.
 *
 * @param certificate shown to the upstream, with its chain
 * @param key of that certificate, PKCS #8 without password
 * @param authorities that sign upstreams; none for those this Java trusts
 */
public record TlsFiles(String certificate, String key, String authorities) {
  /** No client certificate, and the authorities that this Java trusts. */
  public static final TlsFiles NONE = new TlsFiles("", "", "");

  public TlsFiles {
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException("a certificate needs its key and a key its certificate");
    }
  }
}
