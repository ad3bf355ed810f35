// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.ServiceCidr;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final Map<ServiceName, SlicesOf> slices = new HashMap<>();
  private final Map<ObjectKey, SlicesOf> owners = new HashMap<>();
  private final Set<ServiceName> dirty = new HashSet<>();

  /** Causes of pending changes by service; those of a service whose slices go are forgotten. */
  private final Map<ServiceName, List<Instant>> triggers = new HashMap<>();

  private final Instant start;
  private @Nullable Set<String> namespaces;
  private boolean namespacesChanged;
  private boolean namespacesRequired;
  private final Map<String, List<IpPrefix>> serviceCidrs = new HashMap<>();
  private boolean serviceCidrsChanged;

  /** As last taken, so that a batch that changes neither copies neither. */
  private @Nullable Set<String> takenNamespaces;

  private List<IpPrefix> takenCidrs = List.of();
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

  /** Nothing but these services are left. */
  void replaceServices(Collection<ServiceInfo.Settings> all) {
    Set<ServiceName> gone = new HashSet<>(services.keySet());
    for (ServiceInfo.Settings settings : all) {
      gone.remove(settings.name());
      put(settings);
    }
    gone.forEach(this::deleteService);
    servicesSynced = true;
  }

  void upsert(Service service) {
    put(ServiceTranslator.translate(service));
  }

  private void put(ServiceInfo.Settings settings) {
    ServiceInfo.Settings before = services.put(settings.name(), settings);
    if (before == null) {
      // Its slices came first.
      SlicesOf ofService = slices.remove(settings.name());
      if (ofService != null) {
        ofService.owner = settings.name();
        slices.put(ofService.owner, ofService);
      }
    }
    if (!settings.equals(before)) {
      dirty.add(settings.name());
    }
  }

  void deleteService(ServiceName name) {
    if (services.remove(name) != null) {
      dirty.add(name);
    }
  }

  /** Nothing but these slices are left. */
  void replaceSlices(Collection<TranslatedSlice> all) {
    Set<ObjectKey> gone = new HashSet<>(owners.keySet());
    for (TranslatedSlice slice : all) {
      gone.remove(slice.key());
      put(slice);
    }
    gone.forEach(this::deleteSlice);
    slicesSynced = true;
  }

  void upsert(EndpointSlice slice) {
    put(translate(slice));
  }

  /** What the model keeps of a slice; changes nothing but what translated slices share. */
  TranslatedSlice translate(EndpointSlice slice) {
    ServiceName owner = SliceTranslator.owner(slice);
    return new TranslatedSlice(
        slice.key(),
        owner,
        owner == null ? null : sliceTranslator.translate(slice),
        SliceTranslator.trigger(slice));
  }

  private void put(TranslatedSlice slice) {
    ServiceName owner = slice.owner();
    SliceEndpoints endpoints = slice.endpoints();
    SlicesOf previous = owners.get(slice.key());
    if (previous != null && (endpoints == null || !previous.owner.equals(owner))) {
      deleteSlice(slice.key());
      previous = null;
    }
    if (owner == null || endpoints == null) {
      return;
    }
    SlicesOf ofOwner = previous;
    if (ofOwner == null) {
      ofOwner = slices.get(owner);
      if (ofOwner == null) {
        ServiceInfo.Settings service = services.get(owner);
        ofOwner = new SlicesOf(service == null ? owner : service.name());
        slices.put(ofOwner.owner, ofOwner);
      }
      owners.put(slice.key(), ofOwner);
    }
    if (ofOwner.put(endpoints)) {
      dirty.add(ofOwner.owner);
      Instant trigger = slice.trigger();
      if (trigger != null && !trigger.isBefore(start)) {
        List<Instant> pending = triggers.computeIfAbsent(ofOwner.owner, _ -> new ArrayList<>(1));
        if (pending.size() < MAX_TRIGGERS) {
          pending.add(trigger);
        }
      }
    }
  }

  /**
   * A slice as far as the model wants it.
   *
   * @param owner the Service, null if the slice names none
   * @param endpoints null if there are none of our families
   * @param trigger when what made it so happened, null if it does not say
   */
  record TranslatedSlice(
      ObjectKey key,
      @Nullable ServiceName owner,
      @Nullable SliceEndpoints endpoints,
      @Nullable Instant trigger) {}

  void deleteSlice(ObjectKey key) {
    SlicesOf ofOwner = owners.remove(key);
    if (ofOwner == null) {
      return;
    }
    ofOwner.remove(key.name());
    if (ofOwner.byName.isEmpty()) {
      slices.remove(ofOwner.owner);
    }
    dirty.add(ofOwner.owner);
    triggers.remove(ofOwner.owner);
  }

  /** The slices of one Service, in order of name; most have one. */
  private static final class SlicesOf {
    /** The very name that the service has, so that a cluster's names are kept once. */
    ServiceName owner;

    List<SliceEndpoints> byName = List.of();

    SlicesOf(ServiceName owner) {
      this.owner = owner;
    }

    /** Whether that changed anything. */
    boolean put(SliceEndpoints slice) {
      int at = find(slice.name());
      if (at >= 0 && byName.get(at).equals(slice)) {
        return false;
      }
      List<SliceEndpoints> next = new ArrayList<>(byName);
      if (at >= 0) {
        next.set(at, slice);
      } else {
        next.add(-at - 1, slice);
      }
      byName = List.copyOf(next);
      return true;
    }

    void remove(String name) {
      int at = find(name);
      if (at >= 0) {
        List<SliceEndpoints> next = new ArrayList<>(byName);
        next.remove(at);
        byName = List.copyOf(next);
      }
    }

    private int find(String name) {
      int low = 0;
      int high = byName.size() - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        int order = byName.get(middle).name().compareTo(name);
        if (order == 0) {
          return middle;
        }
        if (order < 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return -low - 1;
    }
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

  /** Nothing but these ServiceCIDR objects are left. */
  void replaceServiceCidrs(Collection<TranslatedCidr> all) {
    Set<String> gone = new HashSet<>(serviceCidrs.keySet());
    for (TranslatedCidr cidr : all) {
      gone.remove(cidr.name());
      put(cidr);
    }
    gone.forEach(this::removeServiceCidr);
  }

  /** One that is being deleted counts until it is gone: its addresses may be in use. */
  void put(TranslatedCidr cidr) {
    serviceCidrsChanged |= !cidr.ranges().equals(serviceCidrs.put(cidr.name(), cidr.ranges()));
  }

  void removeServiceCidr(String name) {
    serviceCidrsChanged |= serviceCidrs.remove(name) != null;
  }

  /** The ranges of one ServiceCIDR object; what cannot be read is left out and logged. */
  static TranslatedCidr translate(ServiceCidr cidr) {
    List<IpPrefix> ranges = new ArrayList<>(cidr.spec().cidrs().size());
    for (String text : cidr.spec().cidrs()) {
      IpPrefix range = IpPrefix.tryParse(text);
      if (range == null) {
        LOG.log(System.Logger.Level.WARNING, "ignored \"{0}\" servicecidr={1}", text, cidr.key());
      } else {
        ranges.add(range);
      }
    }
    return new TranslatedCidr(cidr.metadata().name(), List.copyOf(ranges));
  }

  /** A ServiceCIDR object as far as the model wants it. */
  record TranslatedCidr(String name, List<IpPrefix> ranges) {}

  /** The model is not synced before namespaces were listed too. */
  void requireNamespaces() {
    namespacesRequired = true;
  }

  /** Whether all lists were delivered once; before that the model may lack running services. */
  boolean isSynced() {
    return servicesSynced && slicesSynced && !(namespacesRequired && namespaces == null);
  }

  /** Whether anything may differ from the last snapshot. */
  boolean hasPending() {
    return !dirty.isEmpty() || namespacesChanged || serviceCidrsChanged;
  }

  /** How many slices are remembered. */
  int sliceCount() {
    return owners.size();
  }

  /** What may differ from the last snapshot, in a form that no later change touches. */
  Pending takePending() {
    List<PendingService> changed = new ArrayList<>(dirty.size());
    for (ServiceName name : dirty) {
      ServiceInfo.Settings settings = services.get(name);
      SlicesOf ofService = slices.get(name);
      changed.add(
          new PendingService(name, settings, ofService == null ? List.of() : ofService.byName));
    }
    List<Instant> causes = triggers.values().stream().flatMap(List::stream).toList();
    dirty.clear();
    triggers.clear();
    if (namespacesChanged) {
      takenNamespaces = namespaces == null ? null : Set.copyOf(namespaces);
      namespacesChanged = false;
    }
    if (serviceCidrsChanged) {
      takenCidrs =
          serviceCidrs.values().stream().flatMap(List::stream).distinct().sorted().toList();
      serviceCidrsChanged = false;
    }
    return new Pending(changed, takenNamespaces, takenCidrs, causes);
  }

  private record PendingService(
      ServiceName name, ServiceInfo.@Nullable Settings settings, List<SliceEndpoints> slices) {}

  /** A batch of changes, to be turned into a snapshot without holding up the reflectors. */
  record Pending(
      List<PendingService> services,
      @Nullable Set<String> namespaces,
      List<IpPrefix> serviceCidrs,
      List<Instant> triggers) {

    /**
     * The step to the next snapshot.
     *
     * @return null if nothing differs after all
     */
    @Nullable SnapshotDelta applyTo(ServiceSnapshot before) {
      Map<ServiceName, @Nullable ServiceInfo> changes = HashMap.newHashMap(services.size());
      boolean fromNothing = before.services().isEmpty();
      for (PendingService pending : services) {
        ServiceInfo previous = fromNothing ? null : before.service(pending.name());
        ServiceInfo.Settings settings = pending.settings();
        ServiceInfo next = settings == null ? null : new ServiceInfo(settings, pending.slices());
        if (next == null ? previous != null : !next.equals(previous)) {
          changes.put(pending.name(), next);
        }
      }
      Set<String> names = namespaces == null ? namespacesOf(before, changes) : namespaces;
      boolean sameCidrs = serviceCidrs.equals(before.serviceCidrs());
      if (changes.isEmpty() && names.equals(before.namespaces()) && sameCidrs) {
        return null;
      }
      ServiceSnapshot after = before.with(before.revision() + 1, changes, names);
      if (!sameCidrs) {
        after = after.withServiceCidrs(serviceCidrs);
      }
      return new SnapshotDelta(before, after, changes.keySet(), triggers);
    }

    /** Without a watch on namespaces: those that have services. */
    private static Set<String> namespacesOf(
        ServiceSnapshot before, Map<ServiceName, ? extends @Nullable ServiceInfo> changes) {
      boolean removed = false;
      Set<String> added = new HashSet<>(1);
      for (Map.Entry<ServiceName, ? extends @Nullable ServiceInfo> change : changes.entrySet()) {
        removed |= change.getValue() == null;
        String namespace = change.getKey().namespace();
        if (change.getValue() != null && !before.namespaces().contains(namespace)) {
          added.add(namespace);
        }
      }
      if (!removed && added.isEmpty()) {
        return before.namespaces();
      }
      Set<String> names = new HashSet<>(removed ? Set.of() : before.namespaces());
      names.addAll(added);
      if (removed) {
        for (ServiceInfo service : before.with(0, changes, Set.of()).services()) {
          names.add(service.name().namespace());
        }
      }
      return names;
    }
  }
}
