// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The other objects that the compilation of one object looks at. It remembers what was asked for,
 * so that the result can be kept until one of the answers would be another. Not thread-safe.
 */
@SuppressWarnings("ReferenceEquality") // another object is enough to compile again
final class Lookup {
  private IngressObjects objects;
  private final Map<ServiceName, @Nullable List<ServicePort>> services = new HashMap<>();
  private final Map<ServiceName, Boolean> named = new HashMap<>();
  private final Map<ObjectKey, @Nullable Secret> secrets = new HashMap<>();

  Lookup(IngressObjects objects) {
    this.objects = objects;
  }

  /** Whether Services are known at all. */
  boolean knowsServices() {
    return objects.services() != null;
  }

  /** Whether Secrets are known at all. */
  boolean knowsSecrets() {
    return objects.secrets() != null;
  }

  /** The ports of a Service, or null where there is none or none are known. */
  @Nullable List<ServicePort> ports(ServiceName name) {
    List<ServicePort> found = ports(objects, name);
    services.put(name, found);
    return found;
  }

  /** Whether a Service is only a name. */
  boolean isName(ServiceName name) {
    boolean found = isName(objects, name);
    named.put(name, found);
    return found;
  }

  private static boolean isName(IngressObjects objects, ServiceName name) {
    ServiceInfo service = objects.services() == null ? null : objects.services().service(name);
    return service != null && service.type() == ServiceType.EXTERNAL_NAME;
  }

  /** A Secret, or null where there is none or none are known. */
  @Nullable Secret secret(ObjectKey key) {
    Secret found = secret(objects, key);
    secrets.put(key, found);
    return found;
  }

  /** Whether everything that was asked for is answered the same by other objects. */
  boolean holdsFor(IngressObjects now) {
    if (!servicesHold(now) || !secretsHold(now)) {
      return false;
    }
    objects = now;
    return true;
  }

  private boolean servicesHold(IngressObjects now) {
    if (now.services() == objects.services()) {
      return true;
    }
    if (now.services() == null || objects.services() == null) {
      return false;
    }
    for (Map.Entry<ServiceName, @Nullable List<ServicePort>> asked : services.entrySet()) {
      if (!Objects.equals(ports(now, asked.getKey()), asked.getValue())) {
        return false;
      }
    }
    for (Map.Entry<ServiceName, Boolean> asked : named.entrySet()) {
      if (isName(now, asked.getKey()) != asked.getValue()) {
        return false;
      }
    }
    return true;
  }

  private boolean secretsHold(IngressObjects now) {
    if (now.secrets() == objects.secrets()) {
      return true;
    }
    if (now.secrets() == null || objects.secrets() == null) {
      return false;
    }
    for (Map.Entry<ObjectKey, @Nullable Secret> asked : secrets.entrySet()) {
      if (secret(now, asked.getKey()) != asked.getValue()) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable List<ServicePort> ports(IngressObjects objects, ServiceName name) {
    ServiceInfo service = objects.services() == null ? null : objects.services().service(name);
    return service == null ? null : service.ports();
  }

  private static @Nullable Secret secret(IngressObjects objects, ObjectKey key) {
    return objects.secrets() == null ? null : objects.secrets().get(key);
  }
}
