// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.tls.Certificate;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import java.security.cert.CertificateException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificates in Secrets, parsed when first asked for and again when a Secret changes. */
public final class SecretCertificates {
  /** What a Secret gives: a certificate, or the reason why not. */
  public record Result(
      @Nullable Certificate certificate, Diagnostic.Reason reason, String problem) {}

  private record Parsed(Map<String, String> data, Result result) {}

  private final Map<ObjectKey, Parsed> parsed = new HashMap<>();

  /**
   * The certificate in {@code tls.crt} and {@code tls.key}; not thread-safe.
   *
   * @param secret null where there is none of that name
   */
  public Result get(ObjectKey key, @Nullable Secret secret) {
    if (secret == null) {
      parsed.remove(key);
      return failure(Diagnostic.Reason.SECRET_NOT_FOUND, "Secret " + key + " does not exist");
    }
    Parsed known = parsed.get(key);
    if (known == null || !known.data.equals(secret.data())) {
      known = new Parsed(secret.data(), parse(key, secret));
      parsed.put(key, known);
    }
    return known.result;
  }

  private static Result parse(ObjectKey key, Secret secret) {
    byte[] certificate = secret.decoded("tls.crt");
    byte[] privateKey = secret.decoded("tls.key");
    if (certificate == null || privateKey == null) {
      return failure(
          Diagnostic.Reason.SECRET_INVALID, "Secret " + key + " has no tls.crt or no tls.key");
    }
    try {
      return new Result(
          Certificate.parse(certificate, privateKey), Diagnostic.Reason.SECRET_INVALID, "");
    } catch (CertificateException unusable) {
      return failure(
          Diagnostic.Reason.SECRET_INVALID,
          "Secret " + key + " is not usable: " + unusable.getMessage());
    }
  }

  private static Result failure(Diagnostic.Reason reason, String problem) {
    return new Result(null, reason, problem);
  }
}
