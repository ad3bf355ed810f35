// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * A socket that clients come to, from its registration until it is closed. Confined to its event
 * loop, but for {@link #open} and {@link #stop}.
 */
abstract class ListeningHandle implements EpollIoHandle {
  private final RelayLoop relay;
  private final LinuxSocket socket;
  private @Nullable IoRegistration registration;
  private boolean closed;

  ListeningHandle(RelayLoop relay, LinuxSocket socket) {
    this.relay = relay;
    this.socket = socket;
  }

  final RelayLoop relay() {
    return relay;
  }

  final LinuxSocket socket() {
    return socket;
  }

  /** Null until the loop knows it. */
  final @Nullable IoRegistration registration() {
    return registration;
  }

  final boolean isClosed() {
    return closed;
  }

  @Override
  public final FileDescriptor fd() {
    return socket;
  }

  /** Begins, soon. */
  final void open() {
    relay.register(this, socket, this::begin);
  }

  private void begin(IoRegistration begun) {
    registration = begun;
    if (closed) {
      release(begun);
    } else {
      begun.submit(EpollIoOps.EPOLLIN);
    }
  }

  /** Ends it, soon: the descriptor goes when no event of it can be under way any more. */
  void stop() {
    if (!relay.loop().isShuttingDown()) {
      relay.loop().execute(this::close);
    }
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      if (registration != null) {
        release(registration);
      }
    }
  }

  private void release(IoRegistration active) {
    active.cancel();
    RelayLoop.close(socket);
  }
}
