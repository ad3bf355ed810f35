// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client by its certificate.
 *
 * @param problem in words, "" unless the result is FAILED
 * @param leaf the client's own certificate; null where it has shown none
 */
public record ClientCertificate(Result result, String problem, @Nullable X509Certificate leaf) {
  /** The client has shown no certificate. */
  public static final ClientCertificate NONE = new ClientCertificate(Result.NONE, "", null);

  /** Whether a certificate was shown and believed. */
  public enum Result {
    NONE,
    SUCCESS,
    FAILED
  }
}
