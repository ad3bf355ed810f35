// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The relay loops of one proxier and the listening sockets that they share. Thread-safe. */
final class RelayLoops implements AutoCloseable {
  /** Set in the data of events of listening sockets. */
  static final long LISTENER = 1L << 63;

  private final List<RelayLoop> loops = new ArrayList<>();
  private final ConcurrentHashMap<Long, RelayListener> listeners = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();

  RelayLoops(int count, LongSupplier nanoClock) {
    for (int i = 0; i < count; i++) {
      loops.add(new RelayLoop("relay-" + (i + 1), this, nanoClock));
    }
    loops.forEach(RelayLoop::start);
  }

  /** Lets all loops accept from a listening socket. */
  RelayListener listen(TcpFrontend frontend, int fd) {
    RelayListener listener = new RelayListener(frontend, fd, LISTENER | ids.incrementAndGet());
    listeners.put(listener.id, listener);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LinuxSockets.STATE);
      MemorySegment scratch = arena.allocate(16, 8);
      // Accepted sockets inherit both.
      LinuxSockets.setNoDelay(state, fd, scratch);
      LinuxSockets.setKeepAlive(state, fd, scratch);
      for (RelayLoop loop : loops) {
        int error = loop.watch(listener, state, scratch);
        if (error < 0) {
          throw new IllegalStateException("epoll_ctl: error " + -error);
        }
      }
    }
    return listener;
  }

  /** To be called before the listening socket is closed. */
  void forget(RelayListener listener) {
    listener.close();
    listeners.remove(listener.id);
  }

  @Nullable RelayListener listener(long id) {
    return listeners.get(id);
  }

  @Override
  public void close() {
    loops.forEach(RelayLoop::stop);
    loops.forEach(RelayLoop::join);
  }
}
