// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One side of an {@link EpollFlow}, watched by Netty's event loop but without a channel: no
 * pipeline, no promise and no buffer of its own. What is read goes straight to the other side; only
 * what that does not take is kept, at most one block, and nothing more is read until it is gone.
 *
 * <p>The socket is registered once, edge-triggered, for everything; {@code readable} remembers
 * readiness while the other side is not ready. Confined to the loop.
 */
final class RelaySide implements EpollIoHandle {
  /** Reads in a row before other sockets get their turn. */
  private static final int MAX_READS = 16;

  /** EPOLLHUP, which Netty does not name. */
  private static final int HANG_UP = 0x10;

  private static final int FAILED = Native.EPOLLERR | HANG_UP;
  private static final int END = Native.EPOLLRDHUP | FAILED;
  private static final EpollIoOps EVERYTHING =
      EpollIoOps.valueOf(Native.EPOLLIN | Native.EPOLLOUT | Native.EPOLLRDHUP | Native.EPOLLET);

  private final EpollFlow flow;
  private final RelayLoop relay;
  private final LinuxSocket socket;
  private final LongAdder bytes;
  private @Nullable IoRegistration registration;

  private final boolean local;
  private boolean tuned;
  private boolean readable;
  private boolean endSeen;
  private boolean inputClosed;
  private boolean queued;

  /** What this side has still to send. */
  private @Nullable Block pending;

  private boolean finishWhenSent;

  /** The other side sends no more, and all of it was passed on. */
  private boolean finished;

  /**
   * A side.
   *
   * @param bytes counts what is read here
   * @param tuned whether the socket has its options from the one that accepted it
   * @param local whether the other end is on this machine
   */
  RelaySide(EpollFlow flow, LinuxSocket socket, LongAdder bytes, boolean tuned, boolean local) {
    this.flow = flow;
    this.tuned = tuned;
    this.local = local;
    this.relay = flow.relay();
    this.socket = socket;
    this.bytes = bytes;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  LinuxSocket socket() {
    return socket;
  }

  /** Begins to watch the socket; false if the kernel does not let it. */
  boolean watch() {
    var registered = relay.loop().register(this);
    if (!registered.isSuccess()) {
      return false;
    }
    IoRegistration active = registered.getNow();
    registration = active;
    try {
      return active.submit(EVERYTHING) != -1;
    } catch (UncheckedIOException _) {
      // ENOSPC or ENOMEM: fs.epoll.max_user_watches.
      return false;
    }
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    if (flow.isClosed()) {
      return;
    }
    int events = ((EpollIoEvent) event).ops().value();
    if ((events & (Native.EPOLLIN | END)) != 0) {
      readable = true;
      endSeen |= (events & END) != 0;
    }
    if (!flow.isConnected()) {
      flow.onEventsBeforeConnected(this, events, (events & FAILED) != 0);
      return;
    }
    if ((events & Native.EPOLLERR) != 0 && inputClosed) {
      flow.reset();
      return;
    }
    if ((events & Native.EPOLLOUT) != 0 && pending != null) {
      flush();
    }
    pump();
  }

  /** Bytes that can be read now, at most {@code most}, put into the loop's block at an offset. */
  int readFirst(int offset, int most) {
    try {
      int count = socket.recvAddress(relay.block().address(), offset, offset + most);
      if (count == most) {
        readable = true;
      }
      if (count < 0) {
        // The end is seen again when the socket is watched.
        return 0;
      }
      bytes.add(count);
      return count;
    } catch (IOException | NotYetConnectedException _) {
      return 0;
    }
  }

  /** Moves what there is to the other side. */
  void pump() {
    RelaySide peer = flow.peerOf(this);
    if (peer == null) {
      return;
    }
    for (int reads = 0; readable && peer.pending == null && !flow.isClosed(); reads++) {
      if (reads == MAX_READS) {
        if (!queued) {
          queued = true;
          relay.again(this);
        }
        return;
      }
      int count;
      try {
        count = socket.recvAddress(relay.block().address(), 0, Block.SIZE);
      } catch (IOException | NotYetConnectedException _) {
        flow.reset();
        return;
      }
      if (count > 0) {
        // Less than asked for means that no more is there, unless the end is.
        readable = count == Block.SIZE || endSeen;
        bytes.add(count);
        flow.onPassed(count);
        peer.send(count);
      } else if (count == 0) {
        readable = false;
      } else {
        readable = false;
        inputClosed = true;
        flow.onHalfClosed();
        peer.finish();
      }
    }
  }

  void pumpAgain() {
    queued = false;
    if (!flow.isClosed()) {
      pump();
    }
  }

  /**
   * Options that the first bytes do without: nothing holds those back, and a connection of one
   * request never needs more.
   */
  private void tune() throws IOException {
    tuned = true;
    socket.setTcpNoDelay(true);
    if (local) {
      Transport.useReno(socket);
    }
  }

  /** Sends the first bytes of the loop's block and keeps those that cannot go now. */
  private void send(int count) {
    try {
      if (!tuned) {
        tune();
      }
      int sent = socket.sendAddress(relay.block().address(), 0, count);
      if (sent < count) {
        pending = relay.keep(sent, count - sent);
      }
    } catch (IOException | NotYetConnectedException _) {
      flow.reset();
    }
  }

  /** Gives it bytes to send as soon as it can. */
  void setPending(Block block) {
    pending = block;
  }

  @Nullable Block takePending() {
    Block block = pending;
    pending = null;
    return block;
  }

  void flush() {
    Block block = pending;
    if (block == null) {
      return;
    }
    try {
      while (!block.isEmpty()) {
        int sent = socket.sendAddress(block.address(), block.from(), block.to());
        if (sent == 0) {
          return;
        }
        block.advance(sent);
      }
    } catch (IOException | NotYetConnectedException _) {
      flow.reset();
      return;
    }
    pending = null;
    relay.giveBack(block);
    if (finishWhenSent) {
      finish();
    }
    RelaySide peer = flow.peerOf(this);
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
    RelaySide peer = flow.peerOf(this);
    if (peer != null && peer.finished) {
      flow.close(false);
      return;
    }
    try {
      socket.shutdown(false, true);
    } catch (IOException | NotYetConnectedException _) {
      flow.reset();
    }
  }

  /** Closes the socket, with a RST if wanted. */
  void close(boolean abortive) {
    if (abortive) {
      try {
        socket.setSoLinger(0);
      } catch (IOException _) {
        // Then it closes in the ordinary way.
      }
    }
    Block block = takePending();
    if (block != null) {
      relay.giveBack(block);
    }
    relay.closeLater(this);
  }

  /** The kernel forgets a closed socket by itself, so it is closed before Netty forgets it. */
  void closeSocket() {
    RelayLoop.close(socket);
    if (registration != null) {
      registration.cancel();
    }
  }

  /** The event loop ends. */
  @Override
  public void close() {
    flow.close(false);
  }
}
