// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Ends connected UDP sockets of backends that are gone, in all network namespaces: they fail with
 * ECONNABORTED, and who connects anew gets another backend. Sockets that are not connected, or not
 * through a service, are never touched.
 *
 * <p>An endpoint may come back before its sockets ended; those that are connected to it then are
 * not to be ended any more, so it is spared before anybody can connect to it again. Thread-safe;
 * one thread destroys.
 */
final class SocketDestroyer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SocketDestroyer.class.getName());
  private static final int TRACE_ITER = 28;
  private static final long VICTIM_BACKEND = MapLayouts.offset(MapLayouts.VICTIM_KEY, "backend");

  private final BpfObject object;
  private final int link;

  /** Guards the map of victims and what is to be in it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Set<Victim> doomed = new HashSet<>();

  private SocketDestroyer(BpfObject object, int link) {
    this.object = object;
    this.link = link;
  }

  /** One for the sockets that the programs connected; null where the kernel cannot do this. */
  static @Nullable SocketDestroyer load(DataPath path) {
    try {
      BpfObject object =
          BpfObject.load("destroy.bpf.o", Map.of(), Map.of("peers", path.map("peers").fd()));
      try {
        int link = LibBpf.link("bpf_link_create", object.program("destroy_udp"), 0, TRACE_ITER);
        return new SocketDestroyer(object, LibBpf.check("linking destroy_udp", link));
      } catch (BpfException e) {
        object.close();
        throw e;
      }
    } catch (BpfException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "connected UDP sockets keep a backend that is gone until they are closed: {0}",
          e.getMessage());
      return null;
    }
  }

  /** The sockets that have such a peer are to end with the next {@link #destroy}. */
  void doom(Collection<Victim> victims) {
    lock.lock();
    try {
      doomed.addAll(victims);
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is somebody to spare. */
  boolean isBusy() {
    lock.lock();
    try {
      return !doomed.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** These peers are alive: no socket that connects from now on ends. */
  void spare(Collection<Victim> living) {
    lock.lock();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(MapLayouts.VICTIM_KEY);
      for (Victim victim : living) {
        if (doomed.remove(victim)) {
          victim.write(key);
          object.map("victims").remove(key);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the sockets that are doomed. */
  void destroy() throws InterruptedException {
    List<Victim> victims = condemn();
    if (victims.isEmpty()) {
      return;
    }
    for (Path namespace : NetworkNamespaces.all()) {
      NetworkNamespaces.in(namespace, this::visitAll);
    }
    spare(victims);
  }

  /** Tells the program; not more at once than the map has room for. */
  private List<Victim> condemn() {
    BpfMap map = object.map("victims");
    lock.lock();
    try (Arena arena = Arena.ofConfined()) {
      List<Victim> victims = doomed.stream().limit(map.maxEntries()).toList();
      MemorySegment key = arena.allocate(MapLayouts.VICTIM_KEY);
      MemorySegment value = arena.allocateFrom(JAVA_INT_UNALIGNED, 1);
      for (Victim victim : victims) {
        victim.write(key);
        map.put(key, value);
      }
      return victims;
    } finally {
      lock.unlock();
    }
  }

  /** Reading the iterator to its end runs the program for each socket. */
  private void visitAll() {
    int iterator = LibBpf.check("iterating over sockets", LibBpf.iterator(link));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(64);
      while (LibBpf.read(iterator, buffer) > 0) {
        // The program writes nothing, so one call is enough.
      }
    } finally {
      LibBpf.closeFile(iterator);
    }
  }

  @Override
  public void close() {
    LibBpf.closeFile(link);
    object.close();
  }

  /** A backend that a service port does not have any more. */
  record Victim(long portId, Backend backend) {
    void write(MemorySegment at) {
      at.fill((byte) 0);
      at.set(JAVA_LONG_UNALIGNED, 0, portId);
      backend.write(at, VICTIM_BACKEND);
    }
  }
}
