// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.ServiceSnapshot;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a compilation reads.
 *
 * @param secrets null as long as they are not known
 * @param services null as long as they are not known; only looked at for diagnostics
 * @param config that of the gateway, or null where there is none
 */
public record IngressObjects(
    Collection<Ingress> ingresses,
    Collection<IngressClass> classes,
    @Nullable Map<ObjectKey, Secret> secrets,
    @Nullable ServiceSnapshot services,
    @Nullable ConfigMap config) {
  /** Without a ConfigMap. */
  public IngressObjects(
      Collection<Ingress> ingresses,
      Collection<IngressClass> classes,
      @Nullable Map<ObjectKey, Secret> secrets,
      @Nullable ServiceSnapshot services) {
    this(ingresses, classes, secrets, services, null);
  }
}
