// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the EndpointSlices of every Service that has a selector; slices of others and Services
 * without a selector are left alone. Reacts at once: what happens during a write is published by
 * the next one.
 */
public final class EndpointSliceController implements Reconciler {
  /** The most endpoints in one slice. */
  static final int MAX_ENDPOINTS = 100;

  static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  static final String MANAGER = "endpointslice-controller.k8s.io";
  static final String HEADLESS = "service.kubernetes.io/headless";
  static final String TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

  private final KindStore<Service> services;
  private final KindStore<Pod> pods;
  private final KindStore<Node> nodes;
  private final KindStore<EndpointSlice> slices;
  private final TriggerTimes triggerTimes = new TriggerTimes();

  /** A controller whose triggers fill the queue. */
  public EndpointSliceController(SharedInformers informers, WorkQueue<ObjectKey> queue) {
    this.services = informers.services();
    this.pods = informers.pods();
    this.nodes = informers.nodes();
    this.slices = informers.endpointSlices();
    services.onChange((old, now) -> {
      if (now == null && old != null) {
        queue.add(old.key());
      } else if (now != null && (old == null || differs(old, now))) {
        queue.add(now.key());
      }
    });
    pods.onChange((old, now) -> podChanged(old, now, queue));
    nodes.onChange((old, now) -> nodeChanged(old, now, queue));
    slices.onChange((old, now) -> {
      EndpointSlice slice = now != null ? now : old;
      if (slice != null && isManaged(slice)) {
        queue.add(serviceOf(slice));
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Service service = services.get(key);
    List<EndpointSlice> managed =
        slices.find(Terms.service(key)).stream()
            .filter(s -> isManaged(s) && !s.metadata().isTerminating())
            .toList();
    if (service == null) {
      triggerTimes.forget(key);
      for (EndpointSlice slice : managed) {
        boolean unused = slices.delete(slice, DeleteOptions.NONE);
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
            .filter(p -> selects(service, p.metadata().labels()))
            .toList();
    @Nullable Instant trigger = triggerTimes.next(service, selected);
    Set<String> types = ServiceEndpoints.addressTypes(service);
    for (String type : types) {
      publish(service, type, ofType(managed, type), selected, trigger);
    }
    for (EndpointSlice slice : managed) {
      if (!types.contains(slice.addressType())) {
        boolean unused = slices.delete(slice, DeleteOptions.NONE);
      }
    }
    return Result.DONE;
  }

  private void publish(
      Service service,
      String type,
      List<EndpointSlice> existing,
      List<Pod> selected,
      @Nullable Instant trigger)
      throws KubeApiException, IOException, InterruptedException {
    Map<String, String> labels = labels(service);
    List<OwnerReference> owners = List.of(Trees.controllerReference(Resource.SERVICES, service));
    SlicePlan plan =
        SlicePlan.of(
            existing,
            ServiceEndpoints.byPorts(
                service, type, selected, name -> nodes.get(ObjectKey.clusterScoped(name))),
            MAX_ENDPOINTS,
            slice ->
                !slice.metadata().labels().equals(labels)
                    || !slice.metadata().ownerReferences().equals(owners));
    for (SlicePlan.Update update : plan.updates()) {
      ObjectNode body = body(service, labels, owners, type, update.content(), trigger);
      ObjectNode metadata = Trees.child(body, "metadata");
      metadata.put("name", update.slice().metadata().name());
      metadata.put("resourceVersion", update.slice().metadata().resourceVersion());
      EndpointSlice unused = slices.update(update.slice(), body);
    }
    for (SlicePlan.Content content : plan.creates()) {
      ObjectNode body = body(service, labels, owners, type, content, trigger);
      Trees.child(body, "metadata").put("generateName", service.metadata().name() + "-");
      EndpointSlice unused = slices.create(service.metadata().namespace(), body);
    }
    for (EndpointSlice slice : plan.deletes()) {
      boolean unused = slices.delete(slice, DeleteOptions.NONE);
    }
  }

  private static ObjectNode body(
      Service service,
      Map<String, String> labels,
      List<OwnerReference> owners,
      String type,
      SlicePlan.Content content,
      @Nullable Instant trigger) {
    ObjectNode body = Trees.skeleton(Resource.ENDPOINT_SLICES, service.metadata().namespace());
    ObjectNode metadata = Trees.child(body, "metadata");
    metadata.set("labels", Trees.of(labels));
    metadata.set("ownerReferences", Trees.array(owners));
    if (trigger != null) {
      Trees.child(metadata, "annotations").put(TRIGGER_TIME, trigger.toString());
    }
    body.put("addressType", type);
    body.set("endpoints", Trees.array(content.endpoints()));
    body.set("ports", Trees.array(content.ports()));
    return body;
  }

  /** The Service's labels and those that say whose slice this is. */
  private static Map<String, String> labels(Service service) {
    Map<String, String> labels = new TreeMap<>(service.metadata().labels());
    labels.remove(HEADLESS);
    if (service.spec().clusterIP().equals("None")) {
      labels.put(HEADLESS, "");
    }
    labels.put(EndpointSlice.SERVICE_NAME_LABEL, service.metadata().name());
    labels.put(MANAGED_BY, MANAGER);
    return labels;
  }

  private void podChanged(@Nullable Pod old, @Nullable Pod now, WorkQueue<ObjectKey> queue) {
    if (old != null && now != null && !matters(old, now)) {
      return;
    }
    Pod any = Objects.requireNonNull(now != null ? now : old);
    for (Service service : services.findObserved(Terms.namespace(any.metadata().namespace()))) {
      if ((old != null && selects(service, old.metadata().labels()))
          || (now != null && selects(service, now.metadata().labels()))) {
        queue.add(service.key());
      }
    }
  }

  private void nodeChanged(@Nullable Node old, @Nullable Node now, WorkQueue<ObjectKey> queue) {
    if (old != null
        && now != null
        && ServiceEndpoints.isDown(old) == ServiceEndpoints.isDown(now)
        && Objects.equals(zone(old), zone(now))) {
      return;
    }
    Node any = Objects.requireNonNull(now != null ? now : old);
    for (Pod pod : pods.findObserved(Terms.node(any.metadata().name()))) {
      podChanged(null, pod, queue);
    }
  }

  /** Whether a change of a pod can change an endpoint. */
  private static boolean matters(Pod old, Pod now) {
    return old.isReady() != now.isReady()
        || old.isFinished() != now.isFinished()
        || old.metadata().isTerminating() != now.metadata().isTerminating()
        || !old.metadata().uid().equals(now.metadata().uid())
        || !old.metadata().labels().equals(now.metadata().labels())
        || !old.status().podIP().equals(now.status().podIP())
        || !old.status().podIPs().equals(now.status().podIPs())
        || !old.spec().nodeName().equals(now.spec().nodeName());
  }

  private static boolean differs(Service old, Service now) {
    return !old.spec().equals(now.spec())
        || !old.metadata().uid().equals(now.metadata().uid())
        || !old.metadata().labels().equals(now.metadata().labels());
  }

  private static boolean selects(Service service, Map<String, String> labels) {
    Map<String, String> selector = service.spec().selector();
    return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
  }

  private static boolean isManaged(EndpointSlice slice) {
    return MANAGER.equals(slice.metadata().labels().get(MANAGED_BY));
  }

  private static ObjectKey serviceOf(EndpointSlice slice) {
    return new ObjectKey(
        slice.metadata().namespace(),
        slice.metadata().labels().getOrDefault(EndpointSlice.SERVICE_NAME_LABEL, ""));
  }

  private static List<EndpointSlice> ofType(Collection<EndpointSlice> slices, String type) {
    return slices.stream().filter(s -> s.addressType().equals(type)).toList();
  }

  private static @Nullable String zone(Node node) {
    return node.metadata().labels().get(ServiceEndpoints.ZONE_LABEL);
  }
}
