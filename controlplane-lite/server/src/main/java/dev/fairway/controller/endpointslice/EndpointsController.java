// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import dev.fairway.kube.api.Endpoints;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the Endpoints of every Service that has a selector, for readers that do not know
 * EndpointSlices yet. Endpoints hold addresses of one family and no more than {@link
 * #MAX_ADDRESSES}.
 */
public final class EndpointsController implements Reconciler {
  static final int MAX_ADDRESSES = 1_000;
  static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";
  static final String MANAGER = "endpoint-controller";
  private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

  private final KindStore<Service> services;
  private final KindStore<Pod> pods;
  private final KindStore<Endpoints> endpoints;

  /** A controller whose triggers fill the queue. */
  public EndpointsController(SharedInformers informers, WorkQueue<ObjectKey> queue) {
    this.services = informers.services();
    this.pods = informers.pods();
    this.endpoints = informers.of(Resource.ENDPOINTS);
    services.onChange((old, now) -> {
      Service service = Objects.requireNonNull(now != null ? now : old);
      queue.add(service.key());
    });
    pods.onChange((old, now) -> podChanged(old, now, queue));
    endpoints.onChange((old, now) -> {
      Endpoints changed = Objects.requireNonNull(now != null ? now : old);
      if (now == null || isManaged(changed)) {
        queue.add(changed.key());
      }
    });
  }

  private void podChanged(@Nullable Pod old, @Nullable Pod now, WorkQueue<ObjectKey> queue) {
    Pod any = Objects.requireNonNull(now != null ? now : old);
    if (old != null
        && now != null
        && old.status().equals(now.status())
        && old.metadata().labels().equals(now.metadata().labels())
        && old.metadata().isTerminating() == now.metadata().isTerminating()) {
      return;
    }
    for (Service service : services.findObserved(Terms.namespace(any.metadata().namespace()))) {
      if ((old != null && selects(service, old)) || (now != null && selects(service, now))) {
        queue.add(service.key());
      }
    }
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Service service = services.get(key);
    Endpoints existing = endpoints.get(key);
    if (service == null) {
      if (existing != null) {
        boolean unused = endpoints.delete(existing, DeleteOptions.NONE);
      }
      return Result.DONE;
    }
    if (service.metadata().isTerminating()
        || service.spec().selector().isEmpty()
        || service.spec().type().equals("ExternalName")) {
      return Result.DONE;
    }
    List<Pod> selected =
        pods.find(Terms.namespace(key.namespace())).stream()
            .filter(pod -> selects(service, pod))
            .filter(
                pod -> !pod.metadata().isTerminating() || service.spec().publishNotReadyAddresses())
            .toList();
    publish(service, existing, subsets(service, selected));
    return Result.DONE;
  }

  private void publish(Service service, @Nullable Endpoints existing, List<Endpoints.Subset> all)
      throws KubeApiException, IOException, InterruptedException {
    List<Endpoints.Subset> subsets = limit(all);
    Map<String, String> labels = labels(service);
    boolean over = !subsets.equals(all);
    if (existing != null
        && existing.subsets().equals(subsets)
        && existing.metadata().labels().equals(labels)
        && existing.metadata().annotations().containsKey(OVER_CAPACITY) == over) {
      return;
    }
    ObjectNode body = Trees.skeleton(Resource.ENDPOINTS, service.metadata().namespace());
    ObjectNode metadata = Trees.child(body, "metadata");
    metadata.put("name", service.metadata().name());
    metadata.set("labels", Trees.of(labels));
    if (over) {
      Trees.child(metadata, "annotations").put(OVER_CAPACITY, "truncated");
    }
    body.set("subsets", Trees.array(subsets));
    if (existing == null) {
      Endpoints unused = endpoints.create(service.metadata().namespace(), body);
    } else {
      metadata.put("resourceVersion", existing.metadata().resourceVersion());
      Endpoints unused = endpoints.update(existing, body);
    }
  }

  /** What a Service's pods give, by the ports they serve. */
  static List<Endpoints.Subset> subsets(Service service, List<Pod> selected) {
    String type = ServiceEndpoints.addressTypes(service).iterator().next();
    List<Endpoints.Subset> subsets = new ArrayList<>();
    boolean headless = service.spec().clusterIP().equals("None");
    ServiceEndpoints.byPorts(service, type, selected, name -> null)
        .forEach((ports, group) -> {
          if (!ports.isEmpty() || (headless && service.spec().ports().isEmpty())) {
            subsets.add(subset(ports, group));
          }
        });
    return List.copyOf(subsets);
  }

  private static Endpoints.Subset subset(List<EndpointSlice.Port> ports, List<Endpoint> group) {
    List<Endpoints.Address> ready = new ArrayList<>();
    List<Endpoints.Address> waiting = new ArrayList<>();
    for (Endpoint endpoint : group) {
      for (String ip : endpoint.addresses()) {
        Endpoints.Address address =
            new Endpoints.Address(
                ip, endpoint.hostname(), endpoint.nodeName(), endpoint.targetRef());
        (endpoint.isReady() ? ready : waiting).add(address);
      }
    }
    List<Endpoints.Port> converted =
        ports.stream()
            .map(p ->
                new Endpoints.Port(
                    p.name() == null || p.name().isEmpty() ? null : p.name(),
                    Objects.requireNonNullElse(p.port(), 0),
                    p.protocol(),
                    p.appProtocol()))
            .toList();
    return new Endpoints.Subset(List.copyOf(ready), List.copyOf(waiting), converted);
  }

  /** The same with at most {@link #MAX_ADDRESSES} addresses, ready ones first. */
  static List<Endpoints.Subset> limit(List<Endpoints.Subset> subsets) {
    int ready = subsets.stream().mapToInt(s -> s.addresses().size()).sum();
    int waiting = subsets.stream().mapToInt(s -> s.notReadyAddresses().size()).sum();
    if (ready + waiting <= MAX_ADDRESSES) {
      return subsets;
    }
    int readyRoom = Math.min(ready, MAX_ADDRESSES);
    int waitingRoom = MAX_ADDRESSES - readyRoom;
    List<Endpoints.Subset> limited = new ArrayList<>();
    for (Endpoints.Subset subset : subsets) {
      List<Endpoints.Address> addresses = first(subset.addresses(), readyRoom);
      List<Endpoints.Address> notReady = first(subset.notReadyAddresses(), waitingRoom);
      readyRoom -= addresses.size();
      waitingRoom -= notReady.size();
      if (!addresses.isEmpty() || !notReady.isEmpty()) {
        limited.add(new Endpoints.Subset(addresses, notReady, subset.ports()));
      }
    }
    return List.copyOf(limited);
  }

  private static List<Endpoints.Address> first(List<Endpoints.Address> addresses, int most) {
    return List.copyOf(addresses.subList(0, Math.min(most, addresses.size())));
  }

  private static Map<String, String> labels(Service service) {
    Map<String, String> labels = new TreeMap<>(service.metadata().labels());
    labels.remove(EndpointSliceController.HEADLESS);
    if (service.spec().clusterIP().equals("None")) {
      labels.put(EndpointSliceController.HEADLESS, "");
    }
    labels.put(MANAGED_BY, MANAGER);
    return labels;
  }

  static boolean isManaged(Endpoints endpoints) {
    return MANAGER.equals(endpoints.metadata().labels().get(MANAGED_BY));
  }

  private static boolean selects(Service service, Pod pod) {
    Map<String, String> selector = service.spec().selector();
    return !selector.isEmpty()
        && pod.metadata().labels().entrySet().containsAll(selector.entrySet());
  }
}
