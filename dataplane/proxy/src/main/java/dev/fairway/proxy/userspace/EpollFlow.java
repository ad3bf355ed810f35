// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.epoll.Native;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection whose bytes move between two {@link RelaySide}s. Confined to its event loop, but
 * for {@link #closeLater}.
 */
final class EpollFlow extends TcpFlow {
  /** Bytes of the client that are read before the endpoint is dialed. */
  private static final int FIRST_BYTES = 2048;

  /** How often it waits for a descriptor to dial with. */
  private static final int MAX_WAITS = 50;

  private static final long WAIT_MILLIS = 100;

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_QUICKACK = 12;

  private final RelayLoop relay;
  private final RelaySide client;
  private @Nullable RelaySide upstream;
  private boolean connected;
  private boolean closed;

  /**
   * Bytes at the start of the loop's block that the endpoint is to get first; only while dialing.
   */
  private int first;

  /** The same bytes for another endpoint. */
  private @Nullable Block carried;

  /** The endpoint that is being dialed. */
  private @Nullable IpAddress dialedAddress;

  private int dialedPort;
  private boolean mayRetry;

  /** How often it had to wait for a descriptor. */
  private int waits;

  /** Bytes of both directions; while one side is closed, how many it were at the last look. */
  private long passed;

  private long passedBefore;

  /** While neither side has sent a byte. */
  private SilentFlows.@Nullable Silence silence;

  /** The place in a queue of deadlines, kept by {@link FlowQueue}. */
  final FlowQueue.Place place = new FlowQueue.Place(this);

  EpollFlow(
      TcpFrontend frontend,
      RelayLoop relay,
      LinuxSocket socket,
      IpAddress clientAddress,
      int clientPort) {
    super(frontend, clientAddress, clientPort);
    this.relay = relay;
    client = new RelaySide(this, socket, context.metrics().bytesUpstream, true, false);
  }

  RelayLoop relay() {
    return relay;
  }

  /**
   * What the client has sent by now goes out together with the end of the handshake: that saves a
   * packet and a round of the loop. A client that waits for the server to speak first loses
   * nothing.
   */
  void open() {
    relay.addLoad(1);
    relay.silent().makeRoom(frontend.load, client.socket().intValue());
    if (!start()) {
      return;
    }
    byte[] header = header();
    if (header != null) {
      relay.block().put(header);
      first = header.length;
    }
    int read = client.readFirst(first, FIRST_BYTES);
    first += read;
    passed += read;
    if (read == 0) {
      silence = relay.silent().add(this);
    }
    dial();
    first = 0;
    if (!closed && !client.watch()) {
      close(true);
    }
  }

  boolean isConnected() {
    return connected;
  }

  boolean isClosed() {
    return closed;
  }

  /** The other side of a side of this flow; null while the endpoint is being dialed. */
  @SuppressWarnings("ReferenceEquality") // which of the two it is
  @Nullable RelaySide peerOf(RelaySide side) {
    return side == client ? (connected ? upstream : null) : client;
  }

  @Override
  void connect(IpAddress address, int port, boolean retry) {
    dialedAddress = address;
    dialedPort = port;
    mayRetry = retry;
    LinuxSocket socket;
    try {
      socket = LinuxSocket.newSocketStream(!address.isV4());
    } catch (ChannelException _) {
      // Netty's word for no descriptors left.
      connectLater(address, port, retry);
      return;
    }
    boolean local = Addresses.isLoopback(address) || context.nodeAddresses().contains(address);
    RelaySide side = new RelaySide(this, socket, context.metrics().bytesDownstream, false, local);
    upstream = side;
    int sent = 0;
    try {
      socket.setKeepAlive(true);
      if (first > 0) {
        socket.setIntOpt(IPPROTO_TCP, TCP_QUICKACK, 0);
      }
      InetSocketAddress source = source();
      if (source != null) {
        Transport.useForeignAddress(socket, address.isV4());
        socket.setReuseAddress(true);
        socket.bind(source);
      }
      socket.connect(Addresses.socketAddress(address, port));
      if (first > 0) {
        sent = socket.sendAddress(relay.block().address(), 0, first);
      }
    } catch (IOException | NotYetConnectedException e) {
      onDialed(e);
      return;
    }
    if (carried != null) {
      side.setPending(carried);
      carried = null;
    } else if (sent < first) {
      side.setPending(relay.keep(sent, first - sent));
      first = 0;
    }
    if (side.watch()) {
      if (sent > 0) {
        onDialed(null);
      } else {
        relay.dials().add(this);
      }
    } else if (sent > 0) {
      // Another endpoint would miss the bytes that this one has.
      close(true);
    } else {
      onDialed(new IOException("cannot be watched"));
    }
  }

  /**
   * There are no descriptors left to reach the endpoint, which is not its fault. If silent flows
   * make room it is dialed again at the end of the round, when they have, else after a while.
   */
  private void connectLater(IpAddress address, int port, boolean retry) {
    if (waits == MAX_WAITS || relay.loop().isShuttingDown()) {
      onExhaustion();
      return;
    }
    waits++;
    if (first > 0) {
      carried = relay.keep(0, first);
      first = 0;
    }
    Runnable again =
        () -> {
          if (!closed) {
            connect(address, port, retry);
          }
        };
    if (relay.silent().makeRoomNow()) {
      relay.loop().execute(again);
    } else {
      relay.loop().schedule(again, WAIT_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Somebody spoke: the flow does not make room for others any more. */
  private void endSilence() {
    if (silence != null) {
      relay.silent().remove(silence);
      silence = null;
    }
  }

  /** Something happened to a side before both were connected. */
  void onEventsBeforeConnected(RelaySide side, int events, boolean failed) {
    if (!side.equals(upstream)) {
      if ((events & Native.EPOLLIN) != 0) {
        endSilence();
      }
      if (failed) {
        close(true);
      }
      return;
    }
    if (failed) {
      onDialed(failureOf(side.socket()));
    } else if ((events & Native.EPOLLOUT) != 0) {
      onDialed(null);
    }
  }

  private static IOException failureOf(LinuxSocket socket) {
    try {
      socket.finishConnect();
      return new IOException("hung up");
    } catch (IOException e) {
      return e;
    }
  }

  /** The attempt to connect ended, well if there is no failure. */
  private void onDialed(@Nullable Exception failure) {
    FlowQueue.remove(place);
    RelaySide side = upstream;
    IpAddress address = dialedAddress;
    if (side == null || address == null || closed) {
      return;
    }
    if (failure == null) {
      connected = true;
      onConnected(address, dialedPort);
      side.flush();
      client.pump();
      side.pump();
    } else {
      Block unsent = side.takePending();
      carried = unsent == null ? carried : unsent;
      upstream = null;
      side.close(false);
      onDialFailure(address, dialedPort, mayRetry, failure.toString());
    }
  }

  /** Something failed on one side: the other learns it by a RST. */
  void reset() {
    close(true);
  }

  void close(boolean abortive) {
    if (closed) {
      return;
    }
    closed = true;
    endSilence();
    relay.addLoad(-1);
    FlowQueue.remove(place);
    if (upstream != null) {
      upstream.close(abortive);
    }
    if (carried != null) {
      relay.giveBack(carried);
      carried = null;
    }
    client.close(abortive);
    onClosed();
  }

  void onPassed(int count) {
    passed += count;
    endSilence();
  }

  /** One side sends no more; from now on the flow must not be idle for long. */
  void onHalfClosed() {
    if (!closed && !FlowQueue.isQueued(place)) {
      passedBefore = passed;
      relay.halfClosed().add(this);
    }
  }

  /** The deadline of the queue that this flow was in has passed. */
  void onDeadline() {
    if (!connected) {
      onDialed(new IOException("no answer within " + context.options().connectTimeout()));
    } else if (passed == passedBefore) {
      context.metrics().tcpHalfClosedIdle.increment();
      reset();
    } else {
      onHalfClosed();
    }
  }

  @Override
  void resetClient() {
    close(true);
  }

  @Override
  void closeLater() {
    relay.loop().execute(() -> close(false));
  }
}
