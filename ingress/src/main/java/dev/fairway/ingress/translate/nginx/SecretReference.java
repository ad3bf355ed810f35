// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import org.jspecify.annotations.Nullable;

/** A Secret that an annotation names as {@code name} or {@code namespace/name}. */
final class SecretReference {
  private SecretReference() {}

  /** The Secret; null where it is missing or must not be read, which is reported. */
  static @Nullable Secret read(Annotations annotations, String name, SettingsContext context) {
    String text = annotations.text(name);
    if (text == null) {
      annotations.invalid(name, "the name of a Secret");
      return null;
    }
    int slash = text.indexOf('/');
    String own = context.ingress().namespace();
    ObjectKey key =
        slash < 0
            ? new ObjectKey(own, text)
            : new ObjectKey(text.substring(0, slash), text.substring(slash + 1));
    if (!key.namespace().equals(own) && !context.foreignSecrets()) {
      annotations.broken(name, "Secrets of other namespaces than " + own + " are not read");
      return null;
    }
    Secret secret = context.secrets().apply(key);
    if (secret == null) {
      annotations.broken(name, "Secret " + key + " does not exist");
    }
    return secret;
  }
}
