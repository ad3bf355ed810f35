// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends connected UDP sockets of backends that are gone, in all network namespaces: they fail with
 * ECONNABORTED, and who connects anew gets another backend. Sockets that are not connected, or not
 * through a service, are never touched. Confined to one thread.
 */
final class SocketDestroyer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SocketDestroyer.class.getName());
  private static final int TRACE_ITER = 28;
  private static final long VICTIM_BACKEND = MapLayouts.offset(MapLayouts.VICTIM_KEY, "backend");

  private final BpfObject object;
  private final int link;

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

  /** Ends the sockets that have such a peer. */
  void destroy(Collection<Victim> victims) throws InterruptedException {
    BpfMap map = object.map("victims");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(MapLayouts.VICTIM_KEY);
      MemorySegment value = arena.allocateFrom(JAVA_INT_UNALIGNED, 1);
      for (Victim victim : victims) {
        victim.write(key);
        map.put(key, value);
      }
      for (var namespace : NetworkNamespaces.all()) {
        NetworkNamespaces.in(namespace, this::visitAll);
      }
      for (Victim victim : victims) {
        victim.write(key);
        map.remove(key);
      }
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
