// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest state of the watched objects and which services differ from the last snapshot because
 * of them. Not thread-safe.
 */
final class ServiceModel {
  private static final System.Logger LOG = System.getLogger(ServiceModel.class.getName());

  private static final int MAX_TRIGGERS = 100;

  private final SliceTranslator sliceTranslator = new SliceTranslator();
  private final Map<ServiceName, ServiceInfo.Settings> services = new HashMap<>();
  private final Map<ServiceName, TreeMap<String, SliceEndpoints>> slices = new HashMap<>();
  private final Map<ObjectKey, ServiceName> sliceOwners = new HashMap<>();
  private final Set<ServiceName> dirty = new HashSet<>();

  /** Causes of pending changes by service; those of a service whose slices go are forgotten. */
  private final Map<ServiceName, List<Instant>> triggers = new HashMap<>();

  private final Instant start;
  private @Nullable Set<String> namespaces;
  private boolean namespacesChanged;
  private boolean servicesSynced;
  private boolean slicesSynced;

  /**
   * An empty model.
   *
   * @param start of the process; changes that were caused before are not measured
   */
  ServiceModel(Instant start) {
    this.start = start;
  }

  void replaceServices(List<Service> all) {
    Set<ServiceName> gone = new HashSet<>(services.keySet());
    for (Service service : all) {
      gone.remove(new ServiceName(service.metadata().namespace(), service.metadata().name()));
      guarded(service, () -> upsert(service));
    }
    gone.forEach(this::deleteService);
    servicesSynced = true;
  }

  void upsert(Service service) {
    ServiceInfo.Settings settings = ServiceTranslator.translate(service);
    if (!settings.equals(services.put(settings.name(), settings))) {
      dirty.add(settings.name());
    }
  }

  /** One object that cannot be read must not keep the others of its list away. */
  private static void guarded(KubeObject object, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR, "ignored an object that cannot be read: " + object.key(), e);
    }
  }

  void deleteService(ServiceName name) {
    if (services.remove(name) != null) {
      dirty.add(name);
    }
  }

  void replaceSlices(List<EndpointSlice> all) {
    Set<ObjectKey> gone = new HashSet<>(sliceOwners.keySet());
    for (EndpointSlice slice : all) {
      gone.remove(slice.key());
      guarded(slice, () -> upsert(slice));
    }
    gone.forEach(this::deleteSlice);
    slicesSynced = true;
  }

  void upsert(EndpointSlice slice) {
    ServiceName owner = SliceTranslator.owner(slice);
    SliceEndpoints endpoints = owner == null ? null : sliceTranslator.translate(slice);
    ServiceName previousOwner = sliceOwners.get(slice.key());
    if (previousOwner != null && (endpoints == null || !previousOwner.equals(owner))) {
      deleteSlice(slice.key());
    }
    if (owner == null || endpoints == null) {
      return;
    }
    sliceOwners.put(slice.key(), owner);
    SliceEndpoints previous =
        slices.computeIfAbsent(owner, _ -> new TreeMap<>()).put(endpoints.name(), endpoints);
    if (!endpoints.equals(previous)) {
      dirty.add(owner);
      Instant trigger = SliceTranslator.trigger(slice);
      if (trigger != null && !trigger.isBefore(start)) {
        List<Instant> pending = triggers.computeIfAbsent(owner, _ -> new ArrayList<>(1));
        if (pending.size() < MAX_TRIGGERS) {
          pending.add(trigger);
        }
      }
    }
  }

  void deleteSlice(ObjectKey key) {
    ServiceName owner = sliceOwners.remove(key);
    if (owner == null) {
      return;
    }
    TreeMap<String, SliceEndpoints> ofOwner = slices.get(owner);
    if (ofOwner != null) {
      ofOwner.remove(key.name());
      if (ofOwner.isEmpty()) {
        slices.remove(owner);
      }
    }
    dirty.add(owner);
    triggers.remove(owner);
  }

  void replaceNamespaces(Set<String> names) {
    namespaces = new HashSet<>(names);
    namespacesChanged = true;
  }

  void addNamespace(String name) {
    if (namespaces == null) {
      namespaces = new HashSet<>();
    }
    namespacesChanged |= namespaces.add(name);
  }

  void removeNamespace(String name) {
    namespacesChanged |= namespaces != null && namespaces.remove(name);
  }

  /** Whether both lists were delivered once; before that the model may lack running services. */
  boolean isSynced() {
    return servicesSynced && slicesSynced;
  }

  /** Whether anything may differ from the last snapshot. */
  boolean hasPending() {
    return !dirty.isEmpty() || namespacesChanged;
  }

  /** How many slices are remembered. */
  int sliceCount() {
    return sliceOwners.size();
  }

  /** What may differ from the last snapshot, in a form that no later change touches. */
  Pending takePending() {
    List<PendingService> changed = new ArrayList<>(dirty.size());
    for (ServiceName name : dirty) {
      ServiceInfo.Settings settings = services.get(name);
      TreeMap<String, SliceEndpoints> ofService = slices.get(name);
      changed.add(
          new PendingService(
              name, settings, ofService == null ? List.of() : List.copyOf(ofService.values())));
    }
    List<Instant> causes = triggers.values().stream().flatMap(List::stream).toList();
    dirty.clear();
    triggers.clear();
    namespacesChanged = false;
    return new Pending(changed, namespaces == null ? null : Set.copyOf(namespaces), causes);
  }

  private record PendingService(
      ServiceName name, ServiceInfo.@Nullable Settings settings, List<SliceEndpoints> slices) {}

  /** A batch of changes, to be turned into a snapshot without holding up the reflectors. */
  record Pending(
      List<PendingService> services, @Nullable Set<String> namespaces, List<Instant> triggers) {

    /**
     * The step to the next snapshot.
     *
     * @return null if nothing differs after all
     */
    @Nullable SnapshotDelta applyTo(ServiceSnapshot before) {
      Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
      for (PendingService pending : services) {
        ServiceInfo previous = before.service(pending.name());
        ServiceInfo.Settings settings = pending.settings();
        ServiceInfo next = settings == null ? null : new ServiceInfo(settings, pending.slices());
        if (next == null ? previous != null : !next.equals(previous)) {
          changes.put(pending.name(), next);
        }
      }
      Set<String> names = namespaces == null ? namespacesOf(before, changes) : namespaces;
      if (changes.isEmpty() && names.equals(before.namespaces())) {
        return null;
      }
      ServiceSnapshot after = before.with(before.revision() + 1, changes, names);
      return new SnapshotDelta(before, after, changes.keySet(), triggers);
    }

    /** Without a watch on namespaces: those that have services. */
    private static Set<String> namespacesOf(
        ServiceSnapshot before, Map<ServiceName, ? extends @Nullable ServiceInfo> changes) {
      Set<String> names = new HashSet<>(before.namespaces());
      boolean removed = false;
      for (Map.Entry<ServiceName, ? extends @Nullable ServiceInfo> change : changes.entrySet()) {
        removed |= change.getValue() == null;
        if (change.getValue() != null) {
          names.add(change.getKey().namespace());
        }
      }
      if (removed) {
        names.clear();
        for (ServiceInfo service : before.with(0, changes, Set.of()).services()) {
          names.add(service.name().namespace());
        }
      }
      return names;
    }
  }
}
