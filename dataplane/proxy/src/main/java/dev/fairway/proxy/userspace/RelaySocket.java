// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.LinuxSockets.EAGAIN;
import static dev.fairway.proxy.userspace.LinuxSockets.EINTR;
import static dev.fairway.proxy.userspace.LinuxSockets.EPOLLERR;
import static dev.fairway.proxy.userspace.LinuxSockets.EPOLLHUP;
import static dev.fairway.proxy.userspace.LinuxSockets.EPOLLIN;
import static dev.fairway.proxy.userspace.LinuxSockets.EPOLLOUT;
import static dev.fairway.proxy.userspace.LinuxSockets.EPOLLRDHUP;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One side of a {@link NativeFlow}. What is read goes straight to the other side; only what that
 * does not take is kept, at most one block, and nothing more is read until it is gone. Readiness is
 * edge-triggered: {@code readable} remembers it while the other side is not ready. Confined to the
 * loop.
 */
final class RelaySocket {
  /** Reads in a row before other sockets get their turn. */
  private static final int MAX_READS = 16;

  private final NativeFlow flow;
  private final RelayLoop loop;
  private final LongAdder bytes;
  final int fd;

  /** Where the loop finds this socket; a stale event has another token. */
  long token;

  private boolean readable;
  private boolean endSeen;
  private boolean inputClosed;
  private boolean noDelay;
  private boolean sentOnce;
  private boolean queued;

  /** What this side has still to send. */
  private @Nullable MemorySegment pending;

  private int pendingFrom;
  private int pendingTo;
  private boolean finishWhenSent;

  /** The other side sends no more, and all of it was passed on. */
  private boolean finished;

  /**
   * A side.
   *
   * @param bytes counts what is read here
   * @param noDelay whether the socket has TCP_NODELAY from its listening socket
   */
  RelaySocket(NativeFlow flow, int fd, LongAdder bytes, boolean noDelay) {
    this.flow = flow;
    this.loop = flow.loop;
    this.fd = fd;
    this.bytes = bytes;
    this.noDelay = noDelay;
  }

  NativeFlow flow() {
    return flow;
  }

  void onEvents(int events) {
    RelaySocket peer = flow.peerOf(this);
    if (!flow.isConnected()) {
      onEventsBeforeConnected(events, peer != null);
      return;
    }
    if ((events & EPOLLERR) != 0 && inputClosed) {
      flow.reset();
      return;
    }
    if ((events & EPOLLOUT) != 0 && pending != null) {
      flush();
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
      readable = true;
      endSeen |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      pump();
    }
  }

  private void onEventsBeforeConnected(int events, boolean isUpstream) {
    if (isUpstream) {
      if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        flow.onDialed(Math.max(1, loop.pendingError(fd)));
      } else if ((events & EPOLLOUT) != 0) {
        markReadable(events);
        flow.onDialed(0);
        pump();
      }
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
      flow.close(true);
    } else {
      markReadable(events);
    }
  }

  private void markReadable(int events) {
    readable |= (events & (EPOLLIN | EPOLLRDHUP)) != 0;
    endSeen |= (events & EPOLLRDHUP) != 0;
  }

  /** Moves what there is to the other side. */
  void pump() {
    RelaySocket peer = flow.peerOf(this);
    if (peer == null) {
      return;
    }
    for (int reads = 0; readable && peer.pending == null && !flow.isClosed(); reads++) {
      if (reads == MAX_READS) {
        if (!queued) {
          queued = true;
          loop.again(this);
        }
        return;
      }
      int count = loop.receive(fd);
      if (count > 0) {
        // Less than asked for means that no more is there, unless the end is.
        readable = count == RelayLoop.BLOCK || endSeen;
        bytes.add(count);
        flow.onPassed(count);
        peer.send(count);
      } else if (count == 0) {
        readable = false;
        inputClosed = true;
        flow.onHalfClosed();
        peer.finish();
      } else if (count == -EAGAIN) {
        readable = false;
      } else if (count != -EINTR) {
        flow.reset();
      }
    }
  }

  void pumpAgain() {
    queued = false;
    if (!flow.isClosed()) {
      pump();
    }
  }

  /** Sends what goes before all that the other side sends; at most a block. */
  void sendFirst(byte[] header) {
    MemorySegment.copy(header, 0, loop.block(), ValueLayout.JAVA_BYTE, 0, header.length);
    send(header.length);
  }

  /** Sends the first bytes of the loop's block and keeps the block if not all can go now. */
  private void send(int count) {
    if (!noDelay) {
      // The first packet is never held back, so connections of one request can do without.
      if (sentOnce) {
        noDelay = true;
        loop.setNoDelay(fd);
      }
      sentOnce = true;
    }
    int sent = loop.send(fd, loop.block(), 0, count);
    if (sent == count) {
      return;
    }
    if (sent >= 0 || sent == -EAGAIN || sent == -EINTR) {
      pending = loop.takeBlock();
      pendingFrom = Math.max(0, sent);
      pendingTo = count;
      if (sent == -EINTR) {
        flush();
      }
    } else {
      flow.reset();
    }
  }

  private void flush() {
    MemorySegment block = pending;
    while (block != null) {
      int sent = loop.send(fd, block, pendingFrom, pendingTo - pendingFrom);
      if (sent == -EINTR) {
        continue;
      }
      if (sent == -EAGAIN) {
        return;
      }
      if (sent < 0) {
        flow.reset();
        return;
      }
      pendingFrom += sent;
      if (pendingFrom == pendingTo) {
        pending = null;
        loop.giveBlock(block);
        block = null;
      }
    }
    if (finishWhenSent) {
      finish();
    }
    RelaySocket peer = flow.peerOf(this);
    if (peer != null && !flow.isClosed()) {
      peer.pump();
    }
  }

  /** The other side sends no more; after both sides said so all is done. */
  private void finish() {
    if (pending != null) {
      finishWhenSent = true;
      return;
    }
    finished = true;
    RelaySocket peer = flow.peerOf(this);
    if (peer != null && peer.finished) {
      flow.close(false);
    } else {
      loop.shutdownOutput(fd);
    }
  }

  /** The socket was closed. */
  void release() {
    MemorySegment block = pending;
    if (block != null) {
      pending = null;
      loop.giveBlock(block);
    }
  }
}
