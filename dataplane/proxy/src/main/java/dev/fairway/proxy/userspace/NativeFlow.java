// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection whose bytes move through a {@link RelayLoop}. Confined to its loop, but for
 * {@link #closeLater}.
 */
final class NativeFlow extends TcpFlow {
  final RelayLoop loop;
  private final RelaySocket client;
  private @Nullable RelaySocket upstream;
  private boolean connected;
  private boolean closed;

  /** The endpoint that is being dialed. */
  private @Nullable IpAddress dialedAddress;

  private int dialedPort;
  private boolean mayRetry;

  /** Bytes of both directions; while one side is closed, how many it were at the last look. */
  private long passed;

  private long passedBefore;

  /** The place in a queue of the loop, kept by {@link FlowQueue}. */
  final FlowQueue.Place place = new FlowQueue.Place(this);

  NativeFlow(
      TcpFrontend frontend, RelayLoop loop, int clientFd, IpAddress clientAddress, int clientPort) {
    super(frontend, clientAddress, clientPort);
    this.loop = loop;
    client = new RelaySocket(this, clientFd, context.metrics().bytesUpstream, true);
  }

  void open() {
    if (start()) {
      if (loop.add(client)) {
        dial();
      } else {
        close(true);
      }
    }
  }

  boolean isConnected() {
    return connected;
  }

  boolean isClosed() {
    return closed;
  }

  /** The other side of a socket of this flow; null while the endpoint is being dialed. */
  @Nullable RelaySocket peerOf(RelaySocket socket) {
    return socket == client ? (connected ? upstream : null) : client;
  }

  @Override
  void connect(IpAddress address, int port, boolean retry) {
    dialedAddress = address;
    dialedPort = port;
    mayRetry = retry;
    int fd = loop.connect(address, port);
    if (RelayLoop.isExhaustion(-fd)) {
      onExhaustion();
      return;
    }
    if (fd < 0) {
      onDialFailure(address, port, retry, "error " + -fd);
      return;
    }
    RelaySocket socket = new RelaySocket(this, fd, context.metrics().bytesDownstream, false);
    upstream = socket;
    loop.dials().add(place, context.nanoTime() + context.options().connectTimeout().toNanos());
    if (!loop.add(socket)) {
      onDialed(LinuxSockets.ENOMEM);
    }
  }

  /** The attempt to connect ended, with an error number or 0. */
  void onDialed(int error) {
    FlowQueue.remove(place);
    RelaySocket socket = upstream;
    IpAddress address = dialedAddress;
    if (socket == null || address == null) {
      return;
    }
    if (error == 0) {
      connected = true;
      onConnected(address, dialedPort);
      byte[] header = header();
      if (header != null) {
        socket.sendFirst(header);
      }
      client.pump();
    } else {
      upstream = null;
      loop.close(socket, false);
      onDialFailure(address, dialedPort, mayRetry, "error " + error);
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
    FlowQueue.remove(place);
    RelaySocket socket = upstream;
    if (socket != null) {
      loop.close(socket, abortive);
    }
    loop.close(client, abortive);
    onClosed();
  }

  void onPassed(int count) {
    passed += count;
  }

  /** One side sends no more; from now on the flow must not be idle for long. */
  void onHalfClosed() {
    if (!closed && !FlowQueue.isQueued(place)) {
      passedBefore = passed;
      loop.halfClosed().add(place, halfClosedDeadline());
    }
  }

  private long halfClosedDeadline() {
    return context.nanoTime() + context.options().limits().halfClosedIdle().toNanos();
  }

  /** The deadline of the queue that this flow is in has passed. */
  void onDeadline() {
    if (!connected) {
      onDialed(LinuxSockets.ETIMEDOUT);
      return;
    }
    FlowQueue.remove(place);
    if (passed == passedBefore) {
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
    loop.execute(() -> close(false));
  }
}
