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
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Mirrors Endpoints that people make by hand, for Services without a selector, into EndpointSlices,
 * which is what proxies and DNS read.
 */
public final class MirroringController implements Reconciler {
  /** The most endpoints that are mirrored of one subset, and in one slice. */
  static final int MAX_ENDPOINTS = 1_000;

  private static final String MANAGER = "endpointslicemirroring-controller.k8s.io";
  private static final String SKIP = "endpointslice.kubernetes.io/skip-mirror";
  private static final String LEADER = "control-plane.alpha.kubernetes.io/leader";

  private final KindStore<Service> services;
  private final KindStore<Endpoints> endpoints;
  private final KindStore<EndpointSlice> slices;

  /** A controller whose triggers fill the queue. */
  public MirroringController(SharedInformers informers, WorkQueue<ObjectKey> queue) {
    this.services = informers.services();
    this.endpoints = informers.of(Resource.ENDPOINTS);
    this.slices = informers.endpointSlices();
    services.onChange((old, now) -> {
      boolean same =
          old != null && now != null && old.spec().selector().equals(now.spec().selector());
      if (!same) {
        queue.add(Objects.requireNonNull(now != null ? now : old).key());
      }
    });
    endpoints.onChange(
        (old, now) -> queue.add(Objects.requireNonNull(now != null ? now : old).key()));
    slices.onChange((old, now) -> {
      EndpointSlice slice = Objects.requireNonNull(now != null ? now : old);
      if (isMirrored(slice)) {
        String service = slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL);
        queue.add(new ObjectKey(slice.metadata().namespace(), Objects.toString(service, "")));
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Endpoints made = endpoints.get(key);
    Service service = services.get(key);
    List<EndpointSlice> mirrored =
        slices.find(Terms.service(key)).stream()
            .filter(slice -> isMirrored(slice) && !slice.metadata().isTerminating())
            .toList();
    if (made == null || service == null || !wantsMirror(made, service)) {
      for (EndpointSlice slice : mirrored) {
        boolean unused = slices.delete(slice, DeleteOptions.NONE);
      }
      return Result.DONE;
    }
    for (String type : List.of("IPv4", "IPv6")) {
      publish(made, type, mirrored.stream().filter(s -> s.addressType().equals(type)).toList());
    }
    return Result.DONE;
  }

  private static boolean wantsMirror(Endpoints made, Service service) {
    return service.spec().selector().isEmpty()
        && !made.metadata().isTerminating()
        && !"true".equals(made.metadata().labels().get(SKIP))
        && !made.metadata().annotations().containsKey(LEADER)
        && !EndpointsController.isManaged(made);
  }

  private void publish(Endpoints made, String type, List<EndpointSlice> existing)
      throws KubeApiException, IOException, InterruptedException {
    Map<List<EndpointSlice.Port>, List<Endpoint>> desired = desired(made, type);
    if (desired.isEmpty()) {
      for (EndpointSlice slice : existing) {
        boolean unused = slices.delete(slice, DeleteOptions.NONE);
      }
      return;
    }
    Map<String, String> labels = new TreeMap<>(made.metadata().labels());
    labels.put(EndpointSlice.SERVICE_NAME_LABEL, made.metadata().name());
    labels.put(EndpointSliceController.MANAGED_BY, MANAGER);
    List<OwnerReference> owners = List.of(Trees.controllerReference(Resource.ENDPOINTS, made));
    SlicePlan plan =
        SlicePlan.of(
            existing,
            desired,
            MAX_ENDPOINTS,
            slice ->
                !slice.metadata().labels().equals(labels)
                    || !slice.metadata().ownerReferences().equals(owners));
    for (SlicePlan.Update update : plan.updates()) {
      ObjectNode body = body(made, labels, owners, type, update.content());
      Trees.child(body, "metadata")
          .put("name", update.slice().metadata().name())
          .put("resourceVersion", update.slice().metadata().resourceVersion());
      EndpointSlice unused = slices.update(update.slice(), body);
    }
    for (SlicePlan.Content content : plan.creates()) {
      ObjectNode body = body(made, labels, owners, type, content);
      Trees.child(body, "metadata").put("generateName", made.metadata().name() + "-");
      EndpointSlice unused = slices.create(made.metadata().namespace(), body);
    }
    for (EndpointSlice slice : plan.deletes()) {
      boolean unused = slices.delete(slice, DeleteOptions.NONE);
    }
  }

  private static ObjectNode body(
      Endpoints made,
      Map<String, String> labels,
      List<OwnerReference> owners,
      String type,
      SlicePlan.Content content) {
    ObjectNode body = Trees.skeleton(Resource.ENDPOINT_SLICES, made.metadata().namespace());
    ObjectNode metadata = Trees.child(body, "metadata");
    metadata.set("labels", Trees.of(labels));
    metadata.set("ownerReferences", Trees.array(owners));
    body.put("addressType", type);
    body.set("endpoints", Trees.array(content.endpoints()));
    body.set("ports", Trees.array(content.ports()));
    return body;
  }

  /** The endpoints of one family by ports; subsets with the same ports become one group. */
  static Map<List<EndpointSlice.Port>, List<Endpoint>> desired(Endpoints made, String type) {
    Map<List<EndpointSlice.Port>, List<Endpoint>> desired = new LinkedHashMap<>();
    for (Endpoints.Subset subset : made.subsets()) {
      List<EndpointSlice.Port> ports = new ArrayList<>();
      for (Endpoints.Port port : subset.ports()) {
        ports.add(
            new EndpointSlice.Port(
                Objects.requireNonNullElse(port.name(), ""),
                Objects.requireNonNullElse(port.protocol(), "TCP"),
                port.port(),
                port.appProtocol()));
      }
      ports.sort(SlicePlan.PORT_ORDER);
      List<Endpoint> group = new ArrayList<>();
      add(subset.addresses(), true, type, group);
      add(subset.notReadyAddresses(), false, type, group);
      if (!group.isEmpty()) {
        desired.computeIfAbsent(List.copyOf(ports), _ -> new ArrayList<>()).addAll(group);
      }
    }
    return desired;
  }

  private static void add(
      List<Endpoints.Address> addresses, boolean ready, String type, List<Endpoint> group) {
    for (Endpoints.Address address : addresses) {
      boolean six = address.ip().indexOf(':') >= 0;
      if (type.equals(six ? "IPv6" : "IPv4") && group.size() < MAX_ENDPOINTS) {
        group.add(
            new Endpoint(
                List.of(address.ip()),
                new EndpointSlice.Conditions(ready, null, null),
                textOrNull(address.hostname()),
                textOrNull(address.nodeName()),
                null,
                null,
                address.targetRef()));
      }
    }
  }

  private static @Nullable String textOrNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static boolean isMirrored(EndpointSlice slice) {
    return MANAGER.equals(slice.metadata().labels().get(EndpointSliceController.MANAGED_BY));
  }
}
