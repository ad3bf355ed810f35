// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.Service.LoadBalancerIngress;
import dev.fairway.kube.client.ReflectorListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The addresses of the Service in front of the gateway, for the status of Ingresses. */
final class PublishedService implements ReflectorListener<Service> {
  private final ObjectKey name;
  private final Consumer<List<String>> addresses;

  /**
   * Tells the addresses whenever they may have changed.
   *
   * @param name other Services are ignored
   */
  PublishedService(ObjectKey name, Consumer<List<String>> addresses) {
    this.name = name;
    this.addresses = addresses;
  }

  @Override
  public void onReplace(List<Service> all, String resourceVersion) {
    List<String> found = List.of();
    for (Service service : all) {
      if (service.key().equals(name)) {
        found = addresses(service);
      }
    }
    addresses.accept(found);
  }

  @Override
  public void onUpsert(Service service) {
    if (service.key().equals(name)) {
      addresses.accept(addresses(service));
    }
  }

  @Override
  public void onDelete(Service last) {
    if (last.key().equals(name)) {
      addresses.accept(List.of());
    }
  }

  /** As ingress-nginx picks them, by the type of the Service. */
  static List<String> addresses(Service service) {
    Service.Spec spec = service.spec();
    List<String> found = new ArrayList<>();
    switch (spec.type()) {
      case "LoadBalancer" -> {
        for (LoadBalancerIngress entry : service.status().ingress()) {
          found.add(entry.ip().isEmpty() ? entry.hostname() : entry.ip());
        }
        found.addAll(spec.externalIPs());
      }
      case "ExternalName" -> found.add(spec.externalName());
      case "NodePort" -> {
        found.addAll(spec.externalIPs());
        if (found.isEmpty()) {
          found.add(spec.clusterIP());
        }
      }
      default -> found.add(spec.clusterIP());
    }
    found.removeIf(address -> address.isEmpty() || address.equals("None"));
    return found;
  }
}
