// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A listening socket that all loops accept from. The channel that owns the descriptor closes this
 * first, so no loop ever accepts from a number that is in use for something else. Thread-safe.
 */
final class RelayListener {
  final TcpFrontend frontend;
  final int fd;
  final long id;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  RelayListener(TcpFrontend frontend, int fd, long id) {
    this.frontend = frontend;
    this.fd = fd;
    this.id = id;
  }

  void accepted(RelayLoop loop, int clientFd, IpAddress clientAddress, int clientPort) {
    new NativeFlow(frontend, loop, clientFd, clientAddress, clientPort).open();
  }

  /** Takes the lock if the descriptor is still open; {@link #leave} gives it back. */
  boolean enter() {
    lock.lock();
    if (closed) {
      lock.unlock();
      return false;
    }
    return true;
  }

  void leave() {
    lock.unlock();
  }

  /** The descriptor is about to be closed. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }
}
