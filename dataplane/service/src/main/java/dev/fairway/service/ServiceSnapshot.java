// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The whole state at one moment. Immutable; a changed snapshot shares all but the changed shards
 * with the one before it, so that one change costs the same however many services there are.
 */
public final class ServiceSnapshot {
  private static final int SHARDS = 512;
  private static final ServiceSnapshot EMPTY =
      new ServiceSnapshot(0, emptyShards(), 0, Set.of(), List.of());

  private final long revision;
  private final Shard[] shards;
  private final int size;
  private final Set<String> namespaces;
  private final List<IpPrefix> serviceCidrs;

  private ServiceSnapshot(
      long revision,
      Shard[] shards,
      int size,
      Set<String> namespaces,
      List<IpPrefix> serviceCidrs) {
    this.revision = revision;
    this.shards = shards;
    this.size = size;
    this.namespaces = namespaces;
    this.serviceCidrs = serviceCidrs;
  }

  /** The snapshot of nothing, revision 0. */
  public static ServiceSnapshot empty() {
    return EMPTY;
  }

  /** A snapshot of these services; namespaces are those given and those of the services. */
  public static ServiceSnapshot of(
      long revision, Collection<ServiceInfo> services, Set<String> namespaces) {
    Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
    Set<String> names = new java.util.HashSet<>(namespaces);
    for (ServiceInfo service : services) {
      changes.put(service.name(), service);
      names.add(service.name().namespace());
    }
    return EMPTY.with(revision, changes, names);
  }

  /**
   * This snapshot with some services replaced.
   *
   * @param changes the new service by name, null to remove it
   */
  public ServiceSnapshot with(
      long newRevision,
      Map<ServiceName, ? extends @Nullable ServiceInfo> changes,
      Set<String> newNamespaces) {
    Shard[] copy = shards.clone();
    boolean[] own = new boolean[SHARDS];
    int newSize = size;
    for (Map.Entry<ServiceName, ? extends @Nullable ServiceInfo> change : changes.entrySet()) {
      int index = index(change.getKey());
      if (!own[index]) {
        own[index] = true;
        // Room for its part of many changes at once, as a start brings them.
        HashMap<ServiceName, ServiceInfo> room =
            HashMap.newHashMap(copy[index].services.size() + 2 + changes.size() / SHARDS);
        room.putAll(copy[index].services);
        copy[index] = new Shard(room);
      }
      ServiceInfo info = change.getValue();
      ServiceInfo previous =
          info == null
              ? copy[index].services.remove(change.getKey())
              : copy[index].services.put(change.getKey(), info);
      newSize += (info == null ? 0 : 1) - (previous == null ? 0 : 1);
    }
    Set<String> names = Set.copyOf(newNamespaces);
    return new ServiceSnapshot(newRevision, copy, newSize, names, serviceCidrs);
  }

  /** This snapshot, of the same revision, with other ranges of ClusterIPs. */
  public ServiceSnapshot withServiceCidrs(List<IpPrefix> cidrs) {
    return new ServiceSnapshot(revision, shards, size, namespaces, List.copyOf(cidrs));
  }

  /** Grows by one with each published snapshot; not a resourceVersion. */
  public long revision() {
    return revision;
  }

  /** The service of that name, null if there is none. */
  public @Nullable ServiceInfo service(ServiceName name) {
    return shards[index(name)].services.get(name);
  }

  /** All services in no particular order. */
  public Collection<ServiceInfo> services() {
    return new AbstractCollection<>() {
      @Override
      public Iterator<ServiceInfo> iterator() {
        return new ServiceIterator(shards);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  /** Names of the namespaces that exist. */
  public Set<String> namespaces() {
    return namespaces;
  }

  /**
   * The ranges that ClusterIPs are taken from, of all ServiceCIDR objects, each once and sorted;
   * empty where nobody follows those.
   */
  public List<IpPrefix> serviceCidrs() {
    return serviceCidrs;
  }

  /** Those of one family. */
  public List<IpPrefix> serviceCidrs(IpFamily family) {
    return serviceCidrs.stream().filter(cidr -> cidr.family() == family).toList();
  }

  private static int index(ServiceName name) {
    int hash = name.hashCode() * 0x9e37_79b9;
    return hash >>> (32 - Integer.numberOfTrailingZeros(SHARDS));
  }

  private static Shard[] emptyShards() {
    Shard[] shards = new Shard[SHARDS];
    Arrays.fill(shards, new Shard(new HashMap<>()));
    return shards;
  }

  @Override
  public String toString() {
    return "revision " + revision + ", " + size + " services";
  }

  /** Services with one hash; not modified once a snapshot holds it. */
  private record Shard(HashMap<ServiceName, ServiceInfo> services) {}

  private static final class ServiceIterator implements Iterator<ServiceInfo> {
    private final Shard[] shards;
    private int next;
    private Iterator<ServiceInfo> inShard = java.util.Collections.emptyIterator();

    ServiceIterator(Shard[] shards) {
      this.shards = shards;
    }

    @Override
    public boolean hasNext() {
      while (!inShard.hasNext() && next < shards.length) {
        inShard = shards[next++].services.values().iterator();
      }
      return inShard.hasNext();
    }

    @Override
    public ServiceInfo next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return inShard.next();
    }
  }
}
