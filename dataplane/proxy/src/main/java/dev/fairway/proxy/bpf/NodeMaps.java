// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The maps that say where this node stands, whatever services there are. */
final class NodeMaps {
  private static final int FLAG_STEERING = 1;
  private static final int FLAG_FAIL_FAST = 2;
  private static final int FLAG_SKIP = 4;
  private static final int FLAG_OURS = 8;
  private static final long SKIP_NETNS = 0;
  private static final long SKIP_CGROUP = 1;
  private static final long OUR_NETNS = 2;
  private static final long FLAGS = MapLayouts.offset(MapLayouts.SETTINGS, "flags");
  private static final long LISTENERS = MapLayouts.offset(MapLayouts.SETTINGS, "listeners");

  private NodeMaps() {}

  static void writeNodePortIps(DataPath path, Collection<IpAddress> addresses) {
    Room.ensure(path, "node_addresses", addresses.size());
    KeyedRanges.replace(path.map("node_addresses"), addressKeys(addresses));
  }

  static void writeRanges(DataPath path, BpfOptions options) {
    Set<ByteBuffer> inside = keys(options.clusterCidrs());
    for (IpAddress address : options.nodeAddresses()) {
      inside.add(KeyedRanges.range(IpPrefix.single(address)));
    }
    Room.ensure(path, "inside_ranges", inside.size());
    KeyedRanges.replace(path.map("inside_ranges"), inside);
    Set<ByteBuffer> services = keys(options.serviceCidrs());
    Room.ensure(path, "service_ranges", services.size());
    KeyedRanges.replace(path.map("service_ranges"), services);
  }

  private static Set<ByteBuffer> keys(List<IpPrefix> ranges) {
    Set<ByteBuffer> keys = new HashSet<>();
    ranges.forEach(range -> keys.add(KeyedRanges.range(range)));
    return keys;
  }

  static void writeSettings(
      DataPath path, @Nullable Steering steering, boolean failFast, Skips skips) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT_UNALIGNED);
      MemorySegment value = arena.allocate(MapLayouts.SETTINGS);
      value.set(
          JAVA_INT_UNALIGNED,
          FLAGS,
          (steering != null ? FLAG_STEERING : 0)
              | (failFast ? FLAG_FAIL_FAST : 0)
              | (skips.isEmpty() ? 0 : FLAG_SKIP)
              | (skips.ours().isEmpty() ? 0 : FLAG_OURS));
      value.set(JAVA_INT_UNALIGNED, LISTENERS, steering == null ? 0 : steering.present());
      path.map("settings").put(key, value);
    }
  }

  /** Writes which addresses have nothing but the ports of their services. */
  static void writeGuarded(DataPath path, Collection<IpAddress> addresses) {
    Room.ensure(path, "guarded", addresses.size());
    KeyedRanges.replace(path.map("guarded"), addressKeys(addresses));
  }

  static void addGuarded(DataPath path, Collection<IpAddress> addresses, int all) {
    Room.ensure(path, "guarded", all);
    KeyedRanges.putAll(path.map("guarded"), addressKeys(addresses));
  }

  static void removeGuarded(DataPath path, Collection<IpAddress> addresses) {
    KeyedRanges.removeAll(path.map("guarded"), addressKeys(addresses));
  }

  private static Set<ByteBuffer> addressKeys(Collection<IpAddress> addresses) {
    Set<ByteBuffer> keys = HashSet.newHashSet(addresses.size());
    addresses.forEach(address -> keys.add(KeyedRanges.address(address)));
    return keys;
  }

  /** Writes whose sockets are left alone. */
  static void writeSkips(DataPath path, Skips skips) {
    Set<ByteBuffer> keys = new HashSet<>();
    skips.networkNamespaces().forEach(cookie -> keys.add(skip(cookie, SKIP_NETNS)));
    skips.cgroups().forEach(id -> keys.add(skip(id, SKIP_CGROUP)));
    skips.ours().forEach(cookie -> keys.add(skip(cookie, OUR_NETNS)));
    Room.ensure(path, "skip", keys.size());
    KeyedRanges.replace(path.map("skip"), keys);
  }

  private static ByteBuffer skip(long id, long kind) {
    ByteBuffer key = ByteBuffer.allocate((int) MapLayouts.SKIP_KEY.byteSize());
    MemorySegment at = MemorySegment.ofBuffer(key);
    at.set(JAVA_LONG_UNALIGNED, 0, id);
    at.set(JAVA_LONG_UNALIGNED, Long.BYTES, kind);
    return key;
  }

  /**
   * Whose sockets are served.
   *
   * @param networkNamespaces cookies of those whose sockets are left alone
   * @param cgroups ids of those whose sockets are left alone
   * @param ours cookies of network namespaces that alone are served; empty for all
   */
  record Skips(Set<Long> networkNamespaces, Set<Long> cgroups, Set<Long> ours) {
    static final Skips NONE = new Skips(Set.of(), Set.of(), Set.of());

    boolean isEmpty() {
      return networkNamespaces.isEmpty() && cgroups.isEmpty();
    }
  }

  /** Writes which pod has which network namespace, by its cookie. */
  static void writePodAddresses(DataPath path, Map<Long, IpAddress> pods) {
    Room.ensure(path, "pod_addresses", pods.size());
    BpfMap map = path.map("pod_addresses");
    Set<ByteBuffer> gone = new HashSet<>();
    map.forEach((key, _) -> {
      if (!pods.containsKey(key.get(JAVA_LONG_UNALIGNED, 0))) {
        gone.add(ByteBuffer.wrap(key.toArray(ValueLayout.JAVA_BYTE)));
      }
    });
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_LONG_UNALIGNED);
      MemorySegment value = arena.allocate(16, 8);
      pods.forEach((cookie, address) -> {
        key.set(JAVA_LONG_UNALIGNED, 0, cookie);
        MapLayouts.putAddress(value, 0, address);
        map.put(key, value);
      });
    }
    KeyedRanges.removeAll(map, gone);
  }

  static void writeListeners(DataPath path, @Nullable Steering steering) {
    if (steering == null) {
      return;
    }
    BpfMap listeners = path.map("listeners");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT_UNALIGNED);
      MemorySegment value = arena.allocate(JAVA_LONG_UNALIGNED);
      List<Integer> descriptors = steering.descriptors();
      for (int i = 0; i < descriptors.size(); i++) {
        key.set(JAVA_INT_UNALIGNED, 0, i);
        if (descriptors.get(i) >= 0) {
          value.set(JAVA_LONG_UNALIGNED, 0, descriptors.get(i));
          listeners.put(key, value);
        } else {
          try {
            listeners.remove(key);
          } catch (BpfException _) {
            // Nothing was there: the kernel calls that an invalid argument here.
          }
        }
      }
      key.set(JAVA_INT_UNALIGNED, 0, 0);
      value.set(JAVA_LONG_UNALIGNED, 0, 0);
      path.map("missing_since").put(key, value);
    }
  }
}
