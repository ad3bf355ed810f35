// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.KubeObject;
import java.time.Instant;
import java.util.Comparator;

/** The order in which the Gateway API decides between objects. */
final class Precedence {
  /** The oldest object first, then by namespace and name. */
  static final Comparator<KubeObject> OLDEST_FIRST =
      Comparator.comparing(Precedence::created).thenComparing(KubeObject::key);

  private Precedence() {}

  /** When an object was made; one that does not say it is the youngest. */
  static Instant created(KubeObject object) {
    Instant created = object.metadata().creationTimestamp();
    return created == null ? Instant.MAX : created;
  }
}
