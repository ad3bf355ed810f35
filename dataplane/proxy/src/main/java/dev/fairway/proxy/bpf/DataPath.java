// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The programs and their maps in the kernel, and the links that make sockets meet them. With a
 * directory of pins both outlive the process, and the next one adopts them: maps with what is in
 * them, links by replacing their programs at once, so that no connection meets a moment without.
 * Confined to the thread that syncs.
 */
final class DataPath implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DataPath.class.getName());

  private static final String OBJECT = "fairway.bpf.o";

  /** Programs of sockets with the number of their hook ({@code enum bpf_attach_type}). */
  private static final Map<String, Integer> CGROUP_HOOKS =
      new LinkedHashMap<>(
          Map.of(
              "connect4", 10,
              "connect6", 11,
              "sendmsg4", 14,
              "sendmsg6", 15,
              "recvmsg4", 19,
              "recvmsg6", 20,
              "getpeername4", 29,
              "getpeername6", 30));

  /** What gives packets to sockets of the userspace proxier, by the same enumeration. */
  private static final String STEER = "steer";

  private static final int SK_LOOKUP = 36;

  /** Maps that are pinned. */
  static final List<String> MAPS =
      List.of(
          "frontends",
          "groups",
          "members",
          "affinities",
          "node_addresses",
          "service_ranges",
          "inside_ranges",
          "source_ranges",
          "peers",
          "destinations",
          "more_destinations",
          "pod_addresses",
          "skip",
          "listeners",
          "settings",
          "counters",
          "guarded",
          "unanswered",
          "missing_since");

  private final @Nullable PinDirectory pins;
  private final Map<String, Integer> links = new LinkedHashMap<>();
  private final List<Integer> more = new ArrayList<>();
  private final boolean adopted;
  private BpfObject object;
  private @Nullable Silence silence;

  private DataPath(@Nullable PinDirectory pins, BpfObject object, boolean adopted) {
    this.pins = pins;
    this.object = object;
    this.adopted = adopted;
  }

  /**
   * Loads the programs, with the maps that are pinned if there are any. Nothing is attached yet
   * that was not before.
   *
   * @param pinDirectory null for maps and links that end with this process
   * @param sizes elements that new maps are to have room for, by name
   */
  static DataPath load(@Nullable Path pinDirectory, Map<String, Integer> sizes) {
    PinDirectory pins = pinDirectory == null ? null : new PinDirectory(pinDirectory);
    Map<String, Integer> present = new HashMap<>();
    Map<String, Integer> fresh = new HashMap<>(sizes);
    try {
      if (pins != null) {
        for (String name : MAPS) {
          OptionalInt fd = pins.get(name);
          if (fd.isPresent()) {
            present.put(name, fd.getAsInt());
            fresh.remove(name);
          }
        }
      }
      BpfObject object = BpfObject.load(OBJECT, fresh, present);
      if (pins != null) {
        for (String name : MAPS) {
          if (!present.containsKey(name)) {
            pins.pin(name, object.map(name).fd());
          }
        }
      }
      return new DataPath(pins, object, present.containsKey("frontends"));
    } finally {
      present.values().forEach(LibBpf::closeFile);
    }
  }

  /** Whether the maps are those of a process before this one. */
  boolean isAdopted() {
    return adopted;
  }

  /** A map; only to be used until the next one grows. */
  BpfMap map(String name) {
    return object.map(name);
  }

  /** The size of a map. */
  int capacity(String name) {
    return object.map(name).maxEntries();
  }

  /** Lets the sockets of a cgroup, and of all below it, meet the programs. */
  void attach(Path cgroup) {
    int target = LibBpf.check("opening cgroup " + cgroup, LibBpf.openFile(cgroup.toString()));
    try {
      for (Map.Entry<String, Integer> hook : CGROUP_HOOKS.entrySet()) {
        attach(hook.getKey(), target, hook.getValue());
      }
    } finally {
      LibBpf.closeFile(target);
    }
  }

  /** Lets the sockets of another cgroup meet them too, as long as this object lives. */
  void attachAlso(Path cgroup) {
    int target = LibBpf.check("opening cgroup " + cgroup, LibBpf.openFile(cgroup.toString()));
    try {
      for (Map.Entry<String, Integer> hook : CGROUP_HOOKS.entrySet()) {
        more.add(
            LibBpf.check(
                "attaching " + hook.getKey(),
                LibBpf.link(
                    "bpf_link_create", object.program(hook.getKey()), target, hook.getValue())));
      }
    } finally {
      LibBpf.closeFile(target);
    }
  }

  /** Lets packets that come to this network namespace meet the program that steers. */
  void attachSteering(Path networkNamespace) {
    int target =
        LibBpf.check("opening " + networkNamespace, LibBpf.openFile(networkNamespace.toString()));
    try {
      attach(STEER, target, SK_LOOKUP);
    } finally {
      LibBpf.closeFile(target);
    }
    if (silence == null && pins != null && networkNamespace.equals(NetworkNamespaces.OWN)) {
      silence = Silence.attach(map("unanswered"), pins);
    }
  }

  private void attach(String program, int target, int hook) {
    if (links.containsKey(program)) {
      return;
    }
    String name = "link_" + program;
    OptionalInt present = pins == null ? OptionalInt.empty() : pins.get(name);
    if (present.isPresent()) {
      int link = present.getAsInt();
      int result = LibBpf.updateLink(link, object.program(program));
      if (result >= 0) {
        links.put(program, link);
        return;
      }
      // The cgroup or namespace it belonged to is gone.
      LOG.log(System.Logger.Level.INFO, "link of {0} is replaced, error {1}", program, -result);
      LibBpf.closeFile(link);
    }
    int link =
        LibBpf.check(
            "attaching " + program,
            LibBpf.link("bpf_link_create", object.program(program), target, hook));
    links.put(program, link);
    if (pins != null) {
      pins.pin(name, link);
    }
  }

  /**
   * Replaces a map by one with more room. Sockets meet the one or the other, both complete; nobody
   * else may write to it meanwhile.
   */
  void grow(String name, int maxEntries) {
    Map<String, Integer> shared = new HashMap<>();
    for (String other : MAPS) {
      if (!other.equals(name)) {
        shared.put(other, object.map(other).fd());
      }
    }
    BpfMap from = object.map(name);
    LOG.log(
        System.Logger.Level.INFO,
        "map {0} grows from {1} to {2}",
        name,
        from.maxEntries(),
        maxEntries);
    BpfObject next = BpfObject.load(OBJECT, Map.of(name, maxEntries), shared);
    try {
      BpfMap to = next.map(name);
      MapBatch batch = new MapBatch(Arena.ofAuto(), from.keySize(), from.valueSize());
      from.forEach((key, value) -> {
        if (batch.isFull()) {
          batch.put(to);
        }
        batch.begin();
        MemorySegment.copy(key, 0, batch.keys(), batch.key(), from.keySize());
        MemorySegment.copy(value, 0, batch.values(), batch.value(), from.valueSize());
      });
      batch.put(to);
      for (Map.Entry<String, Integer> link : links.entrySet()) {
        LibBpf.check(
            "replacing program " + link.getKey(),
            LibBpf.updateLink(link.getValue(), next.program(link.getKey())));
      }
      if (pins != null) {
        pins.pin(name, to.fd());
      }
    } catch (RuntimeException e) {
      // Links that were updated already keep what they need of it.
      next.close();
      throw e;
    }
    object.close();
    object = next;
  }

  /** How many hooks have a program. */
  int attached() {
    return links.size();
  }

  /** Takes the programs away from all sockets and forgets the pins. */
  void remove() {
    links.values().forEach(DataPath::detach);
    if (silence != null) {
      silence.detach();
    }
    close();
    if (pins != null) {
      pins.removeAll();
    }
  }

  /** The same for what another process left. */
  static void removePinned(Path pinDirectory) {
    PinDirectory pins = new PinDirectory(pinDirectory);
    List<String> programs = new ArrayList<>(CGROUP_HOOKS.keySet());
    programs.add(STEER);
    for (String program : programs) {
      OptionalInt link = pins.get("link_" + program);
      if (link.isPresent()) {
        detach(link.getAsInt());
        LibBpf.closeFile(link.getAsInt());
      }
    }
    Silence.removePinned(pins);
    pins.removeAll();
  }

  /** The kernel would do that too when nobody has the link any more, but some time later. */
  private static void detach(int link) {
    int result = LibBpf.detachLink(link);
    if (result < 0) {
      LOG.log(System.Logger.Level.DEBUG, "detaching a link: error {0}", -result);
    }
  }

  /** Lets go of everything; what is pinned goes on. */
  @Override
  public void close() {
    links.values().forEach(LibBpf::closeFile);
    links.clear();
    more.forEach(LibBpf::closeFile);
    more.clear();
    if (silence != null) {
      silence.close();
    }
    object.close();
  }
}
