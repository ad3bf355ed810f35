// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

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
 */
public record IngressObjects(
    Collection<Ingress> ingresses,
    Collection<IngressClass> classes,
    @Nullable Map<ObjectKey, Secret> secrets,
    @Nullable ServiceSnapshot services) {}
