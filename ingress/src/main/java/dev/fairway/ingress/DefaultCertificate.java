// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.tls.Certificate;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The certificate for clients that ask for a name that has none: that of a Secret, or as long as
 * there is no usable one, another. The last usable one stays in use. Thread-safe.
 */
final class DefaultCertificate implements Supplier<Certificate> {
  private static final Logger LOG = System.getLogger(DefaultCertificate.class.getName());

  private final @Nullable ObjectKey name;
  private final Supplier<Certificate> otherwise;
  private volatile @Nullable Certificate current;
  private @Nullable Map<String, String> seen;
  private boolean missing;

  /**
   * @param name of the Secret, or null for none
   * @param otherwise what is used without one
   */
  DefaultCertificate(@Nullable ObjectKey name, Supplier<Certificate> otherwise) {
    this.name = name;
    this.otherwise = otherwise;
  }

  /** Looks at the Secrets as they are now; call from one thread. */
  void update(@Nullable Map<ObjectKey, Secret> secrets) {
    if (name == null || secrets == null) {
      return;
    }
    Secret secret = secrets.get(name);
    if (secret == null) {
      if (!missing) {
        LOG.log(Level.WARNING, "the Secret {0} of the default certificate does not exist", name);
      }
      missing = true;
      return;
    }
    missing = false;
    if (secret.data().equals(seen)) {
      return;
    }
    seen = secret.data();
    byte[] certificate = secret.decoded("tls.crt");
    byte[] key = secret.decoded("tls.key");
    try {
      if (certificate == null || key == null) {
        throw new CertificateException("no tls.crt or no tls.key");
      }
      current = Certificate.parse(certificate, key);
    } catch (CertificateException unusable) {
      LOG.log(
          Level.WARNING,
          "the Secret {0} of the default certificate is not usable: {1}",
          name,
          unusable.getMessage());
    }
  }

  @Override
  public Certificate get() {
    Certificate usable = current;
    return usable == null ? otherwise.get() : usable;
  }
}
