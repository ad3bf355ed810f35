// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the maps have at the start: left by a process before, or by a sync that failed half-way. A
 * sync from here writes only what is different. Sets are known by a sum over their backends, so
 * that a big cluster takes little memory.
 */
final class Present {
  final Map<FrontendKey, FrontendValue> frontends = new HashMap<>();
  final int groups;
  final int members;
  private final Map<Integer, Contents> sets = new HashMap<>();
  private final Set<Integer> reused = new HashSet<>();
  private int highestSet;

  /** Reads the maps. */
  Present(DataPath path) {
    path.map("frontends")
        .forEach((key, value) -> frontends.put(FrontendKey.read(key), FrontendValue.read(value)));
    int[] counts = new int[2];
    path.map("groups")
        .forEach((key, value) -> {
          counts[0]++;
          int set = key.get(JAVA_INT_UNALIGNED, 0);
          int first = key.get(JAVA_INT_UNALIGNED, 4) * MapLayouts.GROUP_SIZE;
          Contents contents = contents(set);
          for (int i = 0; i < MapLayouts.GROUP_SIZE; i++) {
            Backend backend = Backend.read(value, i * MapLayouts.BACKEND.byteSize());
            if (backend.port() != 0) {
              contents.size++;
              contents.sum += mix(first + i, backend.address(), backend.port());
            }
          }
        });
    path.map("members")
        .forEach((key, _) -> {
          counts[1]++;
          contents(key.get(JAVA_INT_UNALIGNED, 0)).members++;
        });
    groups = counts[0];
    members = counts[1];
  }

  private Contents contents(int set) {
    highestSet = Integer.compareUnsigned(set, highestSet) > 0 ? set : highestSet;
    return sets.computeIfAbsent(set, _ -> new Contents());
  }

  int highestSet() {
    return highestSet;
  }

  /** Takes a set over if it has just these backends; nobody else gets it. */
  boolean reuse(int set, EndpointSet endpoints, boolean withMembers) {
    Contents contents = sets.get(set);
    if (contents == null
        || contents.size != endpoints.size()
        || contents.members != (withMembers ? endpoints.size() : 0)
        || reused.contains(set)) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      sum += mix(i, endpoints.address(i), endpoints.port(i));
    }
    return sum == contents.sum && reused.add(set);
  }

  /** Lets the collector have the sets that nobody took over. */
  void discardOthers(BackendSets collector, long nowNanos) {
    sets.forEach((set, contents) -> {
      if (!reused.contains(set)) {
        collector.discard(set, contents.size, contents.members > 0, nowNanos);
      }
    });
  }

  private static long mix(int slot, IpAddress address, int port) {
    long hash = slot * 0x9e37_79b9_7f4a_7c15L + port;
    hash = scramble(hash ^ address.highBits());
    return scramble(hash ^ address.lowBits());
  }

  private static long scramble(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return mixed ^ (mixed >>> 31);
  }

  private static final class Contents {
    int size;
    int members;
    long sum;
  }
}
