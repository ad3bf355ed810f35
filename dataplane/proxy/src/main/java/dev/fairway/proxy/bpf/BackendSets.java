// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.fairway.service.EndpointSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sets of backends in the kernel. A set is never modified: a changed list becomes a new set, the
 * frontends switch to it, and the old one is removed after a while, so that nobody meets half a
 * list. Confined to the thread that syncs.
 */
final class BackendSets {
  private static final int GROUP_SIZE = MapLayouts.GROUP_SIZE;
  private static final long BACKEND_SIZE = MapLayouts.BACKEND.byteSize();
  private static final long MEMBER_BACKEND = MapLayouts.offset(MapLayouts.MEMBER_KEY, "backend");

  private final MapBatch groups;
  private final MapBatch members;
  private final Deque<Garbage> garbage = new ArrayDeque<>();
  private DataPath path;
  private int nextSet = 1;
  private int groupCount;
  private int memberCount;

  BackendSets(Arena arena, DataPath path) {
    this.path = path;
    groups = new MapBatch(arena, MapLayouts.GROUP_KEY.byteSize(), MapLayouts.GROUP.byteSize());
    members = new MapBatch(arena, MapLayouts.MEMBER_KEY.byteSize(), Integer.BYTES);
  }

  /** Forgets everything: what there is, is what the kernel has. */
  void restart(DataPath current, int highestSet, int groupsPresent, int membersPresent) {
    path = current;
    nextSet = highestSet + 1;
    groupCount = groupsPresent;
    memberCount = membersPresent;
    groups.clear();
    members.clear();
    garbage.clear();
  }

  /**
   * Makes a set, which is complete after the next {@link #flush}.
   *
   * @param withMembers whether the programs will ask if a backend belongs to it
   */
  int add(EndpointSet endpoints, boolean withMembers) {
    int set = nextSet == 0 ? 1 : nextSet;
    nextSet = set + 1;
    int size = endpoints.size();
    for (int first = 0; first < size; first += GROUP_SIZE) {
      if (groups.isFull()) {
        flush();
      }
      groups.begin();
      groupCount++;
      groups.keys().set(JAVA_INT_UNALIGNED, groups.key(), set);
      groups.keys().set(JAVA_INT_UNALIGNED, groups.key() + 4, first / GROUP_SIZE);
      long value = groups.value();
      int last = Math.min(first + GROUP_SIZE, size);
      for (int i = first; i < last; i++) {
        Backend.write(endpoints, i, groups.values(), value + (i - first) * BACKEND_SIZE);
      }
      groups
          .values()
          .asSlice(
              value + (last - first) * BACKEND_SIZE, (first + GROUP_SIZE - last) * BACKEND_SIZE)
          .fill((byte) 0);
    }
    if (withMembers) {
      addMembers(set, endpoints);
    }
    return set;
  }

  private void addMembers(int set, EndpointSet endpoints) {
    for (int i = 0; i < endpoints.size(); i++) {
      if (members.isFull()) {
        flush();
      }
      members.begin();
      memberCount++;
      members.keys().set(JAVA_INT_UNALIGNED, members.key(), set);
      Backend.write(endpoints, i, members.keys(), members.key() + MEMBER_BACKEND);
      members.values().set(JAVA_INT_UNALIGNED, members.value(), i);
    }
  }

  /** Writes what was added. */
  void flush() {
    Room.ensure(path, "members", memberCount);
    members.put(path.map("members"));
    Room.ensure(path, "groups", groupCount);
    groups.put(path.map("groups"));
  }

  /**
   * A set that no frontend has any more once this sync is done.
   *
   * @param size its backends
   */
  void discard(int set, int size, boolean withMembers, long nowNanos) {
    garbage.add(new Garbage(set, size, withMembers, nowNanos));
  }

  /** Whether there are sets to remove. */
  boolean hasGarbage() {
    return !garbage.isEmpty();
  }

  /** Removes the sets that were discarded at least that long ago. */
  void collect(long nowNanos, long graceNanos) {
    Garbage oldest = garbage.peek();
    while (oldest != null && nowNanos - oldest.sinceNanos >= graceNanos) {
      garbage.remove();
      remove(oldest);
      oldest = garbage.peek();
    }
    groups.remove(path.map("groups"));
    members.remove(path.map("members"));
  }

  private void remove(Garbage old) {
    if (old.members) {
      for (Backend backend : read(old.set, old.size)) {
        if (members.isFull()) {
          members.remove(path.map("members"));
        }
        members.begin();
        members.keys().set(JAVA_INT_UNALIGNED, members.key(), old.set);
        backend.write(members.keys(), members.key() + MEMBER_BACKEND);
      }
      memberCount -= old.size;
    }
    for (int group = 0; group < groupsOf(old.size); group++) {
      if (groups.isFull()) {
        groups.remove(path.map("groups"));
      }
      groups.begin();
      groups.keys().set(JAVA_INT_UNALIGNED, groups.key(), old.set);
      groups.keys().set(JAVA_INT_UNALIGNED, groups.key() + 4, group);
    }
    groupCount -= groupsOf(old.size);
  }

  /** How many elements hold a set of that size. */
  static int groupsOf(int size) {
    return (size + GROUP_SIZE - 1) / GROUP_SIZE;
  }

  /** The backends of a set as the kernel has them. */
  List<Backend> read(int set, int size) {
    return read(path.map("groups"), set, size);
  }

  /** The same from a map of groups. */
  static List<Backend> read(BpfMap map, int set, int size) {
    List<Backend> backends = new ArrayList<>(size);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(MapLayouts.GROUP_KEY);
      MemorySegment value = arena.allocate(MapLayouts.GROUP);
      key.set(JAVA_INT_UNALIGNED, 0, set);
      for (int group = 0; group < groupsOf(size); group++) {
        key.set(JAVA_INT_UNALIGNED, 4, group);
        if (map.get(key, value)) {
          int last = Math.min(GROUP_SIZE, size - group * GROUP_SIZE);
          for (int i = 0; i < last; i++) {
            backends.add(Backend.read(value, i * BACKEND_SIZE));
          }
        }
      }
    }
    return backends;
  }

  /** Whether two lists have the same endpoints at the same places. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isSame(@Nullable EndpointSet a, @Nullable EndpointSet b) {
    if (a == b) {
      return true;
    }
    if (a == null || b == null || a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (a.port(i) != b.port(i)
          || a.isV4(i) != b.isV4(i)
          || (a.isV4(i) ? a.ipv4(i) != b.ipv4(i) : !a.address(i).equals(b.address(i)))) {
        return false;
      }
    }
    return true;
  }

  private record Garbage(int set, int size, boolean members, long sinceNanos) {}
}
