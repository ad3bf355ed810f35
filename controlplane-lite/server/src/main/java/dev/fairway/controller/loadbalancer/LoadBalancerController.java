// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.loadbalancer;

import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an address of the pool into the status of every LoadBalancer Service whose class is empty
 * or starts with {@code fairway.dev/}, one per IP family that the pool has. The status is the only
 * record, so addresses survive restarts. Must run with one worker.
 */
public final class LoadBalancerController implements Reconciler {
  private static final String CLASS_PREFIX = "fairway.dev/";
  private static final String ADDRESS_ANNOTATION = "fairway.dev/load-balancer-ip";

  private final KindStore<Service> services;
  private final AddressPool pool;
  private final EventRecorder events;
  private final boolean alone;

  /** Services that wait for an address. */
  private final Set<ObjectKey> waiting = ConcurrentHashMap.newKeySet();

  /**
   * A controller whose triggers fill the queue.
   *
   * @param alone whether no other controller gives addresses to Services without a class; where
   *     others may, an address outside of the pool is theirs and stays
   */
  public LoadBalancerController(
      SharedInformers informers,
      WorkQueue<ObjectKey> queue,
      EventRecorder events,
      AddressPool pool,
      boolean alone) {
    this.services = informers.services();
    this.pool = pool;
    this.events = events;
    this.alone = alone;
    services.onChange((old, now) -> {
      if (old != null && !old.status().ingress().isEmpty() && !keeps(old, now)) {
        waiting.forEach(queue::add); // an address came free
      }
      if (now == null) {
        if (old != null) {
          waiting.remove(old.key());
        }
      } else if (isOurs(now) || !now.status().ingress().isEmpty()) {
        queue.add(now.key());
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    waiting.remove(key);
    Service service = services.get(key);
    if (service == null || service.metadata().isTerminating()) {
      return Result.DONE;
    }
    List<String> present =
        service.status().ingress().stream().map(Service.LoadBalancerIngress::ip).toList();
    if (!isLoadBalancer(service)) {
      boolean pooled = present.stream().anyMatch(ip -> pool.canonical(ip) != null);
      if (pooled) {
        write(service, List.of());
      }
      return Result.DONE;
    }
    if (!isOurs(service) || isServedByAnother(service)) {
      return Result.DONE;
    }
    List<String> wanted = choose(service, present, taken(key));
    if (!wanted.equals(present)) {
      write(service, wanted);
      if (!wanted.isEmpty()) {
        events.normal(
            Resource.SERVICES,
            service,
            "EnsuredLoadBalancer",
            "Assigned " + String.join(", ", wanted));
      }
    }
    return Result.DONE;
  }

  private List<String> choose(Service service, List<String> present, Set<String> taken) {
    List<String> chosen = new ArrayList<>();
    for (String family : families(service)) {
      String address = chooseOne(service, family, present, taken);
      if (address != null) {
        chosen.add(address);
      }
    }
    return chosen;
  }

  private @Nullable String chooseOne(
      Service service, String family, List<String> present, Set<String> taken) {
    String asked = requested(service);
    if (!asked.isEmpty() && AddressPool.family(asked).equals(family)) {
      String canonical = pool.canonical(asked);
      if (canonical != null && !taken.contains(canonical)) {
        return canonical;
      }
      waiting.add(service.key());
      events.warning(
          Resource.SERVICES,
          service,
          "AllocationFailed",
          canonical == null
              ? "The address " + asked + " is not in the load balancer pool"
              : "The address " + asked + " is used by another Service");
      return null;
    }
    for (String address : present) {
      boolean usable =
          AddressPool.family(address).equals(family)
              && pool.canonical(address) != null
              && !taken.contains(address);
      if (usable) {
        return address;
      }
    }
    String free = pool.firstFree(family, taken);
    if (free == null && pool.hasFamily(family)) {
      waiting.add(service.key());
      events.warning(
          Resource.SERVICES,
          service,
          "AllocationFailed",
          "The load balancer pool has no free " + family + " address");
    }
    return free;
  }

  private Set<String> taken(ObjectKey except) {
    Set<String> taken = new HashSet<>();
    for (Service other : services.all()) {
      if (!other.key().equals(except) && isLoadBalancer(other)) {
        other.status().ingress().forEach(ingress -> taken.add(ingress.ip()));
      }
    }
    return taken;
  }

  private void write(Service service, List<String> addresses)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = Trees.object();
    ObjectNode loadBalancer = patch.putObject("status").putObject("loadBalancer");
    if (addresses.isEmpty()) {
      loadBalancer.putNull("ingress");
    } else {
      ArrayNode ingress = loadBalancer.putArray("ingress");
      for (String address : addresses) {
        ingress.addObject().put("ip", address).put("ipMode", "VIP");
      }
    }
    try {
      Service unused = services.patch(service, "status", patch);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private static Set<String> families(Service service) {
    Set<String> families = new LinkedHashSet<>(service.spec().ipFamilies());
    if (families.isEmpty()) {
      families.add(
          service.spec().clusterIP().isEmpty()
              ? "IPv4"
              : AddressPool.family(service.spec().clusterIP()));
    }
    return families;
  }

  private static String requested(Service service) {
    String annotated = service.metadata().annotations().getOrDefault(ADDRESS_ANNOTATION, "");
    return annotated.isEmpty() ? service.spec().loadBalancerIP() : annotated;
  }

  private static boolean isLoadBalancer(Service service) {
    return service.spec().type().equals("LoadBalancer");
  }

  private static boolean isOurs(Service service) {
    String type = service.spec().loadBalancerClass();
    return isLoadBalancer(service) && (type.isEmpty() || type.startsWith(CLASS_PREFIX));
  }

  private boolean isServedByAnother(Service service) {
    return !alone
        && service.spec().loadBalancerClass().isEmpty()
        && service.status().ingress().stream().anyMatch(ingress -> !pool.contains(ingress.ip()));
  }

  private static boolean keeps(Service old, @Nullable Service now) {
    return now != null
        && isLoadBalancer(now)
        && now.status().ingress().equals(old.status().ingress());
  }
}
