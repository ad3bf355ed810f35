// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The other objects that the compilation of one route looks at. It remembers what was asked for, so
 * that the result can be kept until one of the answers would be another. Not thread-safe.
 */
@SuppressWarnings("ReferenceEquality") // another object is enough to ask again
final class RouteLookup {
  /** A question that a ReferenceGrant may answer. */
  private record Reference(String kind, String from, String to, String name) {}

  private References references;
  private final Map<ServiceName, @Nullable List<ServicePort>> services = new HashMap<>(2);
  private final Map<ObjectKey, Map<String, TlsPolicies.Setting>> policies = new HashMap<>(2);
  private final Map<ObjectKey, BackendTls.@Nullable ClientKey> clientKeys = new HashMap<>(2);
  private Map<Reference, Boolean> permissions = Map.of();

  RouteLookup(References references) {
    this.references = references;
  }

  /** The ports of a Service, or null where there is none. */
  @Nullable List<ServicePort> ports(ServiceName name) {
    List<ServicePort> found = ports(references, name);
    services.put(name, found);
    return found;
  }

  /** What policies say of a Service, by the name of its port. */
  Map<String, TlsPolicies.Setting> policies(ObjectKey service) {
    Map<String, TlsPolicies.Setting> found = references.policies().of(service);
    policies.put(service, found);
    return found;
  }

  /** What backends behind a Gateway are shown, or null. */
  BackendTls.@Nullable ClientKey clientKey(ObjectKey gateway) {
    BackendTls.ClientKey found = references.clientKeys().get(gateway);
    clientKeys.put(gateway, found);
    return found;
  }

  /** Whether a route of a kind and namespace may name a Service. */
  boolean permits(String kind, String from, String to, String name) {
    if (from.equals(to)) {
      return true;
    }
    Reference asked = new Reference(kind, from, to, name);
    boolean permitted = permits(references, asked);
    if (permissions.isEmpty()) {
      permissions = new HashMap<>(2);
    }
    permissions.put(asked, permitted);
    return permitted;
  }

  /** Whether everything that was asked for is answered the same by other objects. */
  boolean holdsFor(References now) {
    boolean holds =
        now == references
            || (servicesHold(now) && policiesHold(now) && clientKeysHold(now) && grantsHold(now));
    if (holds) {
      references = now;
    }
    return holds;
  }

  private boolean servicesHold(References now) {
    if (now.services() == references.services()) {
      return true;
    }
    for (Map.Entry<ServiceName, @Nullable List<ServicePort>> asked : services.entrySet()) {
      if (!Objects.equals(ports(now, asked.getKey()), asked.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean policiesHold(References now) {
    if (now.policies() == references.policies()) {
      return true;
    }
    for (Map.Entry<ObjectKey, Map<String, TlsPolicies.Setting>> asked : policies.entrySet()) {
      if (!now.policies().of(asked.getKey()).equals(asked.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean clientKeysHold(References now) {
    for (Map.Entry<ObjectKey, BackendTls.@Nullable ClientKey> asked : clientKeys.entrySet()) {
      if (!Objects.equals(now.clientKeys().get(asked.getKey()), asked.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean grantsHold(References now) {
    if (now.grants() == references.grants()) {
      return true;
    }
    for (Map.Entry<Reference, Boolean> asked : permissions.entrySet()) {
      if (permits(now, asked.getKey()) != asked.getValue()) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable List<ServicePort> ports(References references, ServiceName name) {
    ServiceInfo service = references.services().service(name);
    return service == null ? null : service.ports();
  }

  private static boolean permits(References references, Reference asked) {
    return references.grants().permits(asked.kind, asked.from, "Service", asked.to, asked.name);
  }
}
