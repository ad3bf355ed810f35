// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AuthCache;
import dev.fairway.ingress.filter.LimitZones;
import dev.fairway.ingress.filter.PasswordChecks;
import dev.fairway.ingress.filter.RequestIds;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of an Ingress are read with.
 *
 * @param ingress the Ingress that carries them
 * @param global what holds where annotations say nothing
 * @param ingressNginx whether the defaults of ingress-nginx apply
 * @param passthrough whether backends may end TLS themselves
 * @param foreignSecrets whether Secrets of other namespaces may be named
 * @param secrets finds a Secret, or null
 * @param ports finds the ports of a Service, or null
 * @param zones what limits know of their clients
 * @param passwords where passwords are checked
 * @param answers of authentication services that hold still
 * @param keys fresh keys of sessions
 */
public record SettingsContext(
    ObjectKey ingress,
    GlobalSettings global,
    boolean ingressNginx,
    boolean passthrough,
    boolean foreignSecrets,
    Function<ObjectKey, @Nullable Secret> secrets,
    Function<ServiceName, @Nullable List<ServicePort>> ports,
    LimitZones zones,
    PasswordChecks passwords,
    AuthCache answers,
    RequestIds keys,
    InstantSource clock) {}
