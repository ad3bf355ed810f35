// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The TCP or TLS connections to one upstream, used again and again. Thread-safe. */
final class StreamPool {
  private static final long MILLISECOND = 1_000_000L;

  /** How often who waits for a connection looks whether one has room again. */
  private static final long RECHECK_NS = 5_000_000L;

  private final UpstreamAddress upstream;
  private final UpstreamGroup.Connections options;
  private final String label;
  private final ForwardMetrics metrics;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<StreamConnection> connections = new ArrayList<>();
  private int opening;
  private boolean closed;

  StreamPool(
      UpstreamAddress upstream,
      UpstreamGroup.Connections options,
      String label,
      ForwardMetrics metrics) {
    this.upstream = upstream;
    this.options = options;
    this.label = label;
    this.metrics = metrics;
  }

  /**
   * Asks over a connection that is there, or a new one. An upstream may close an idle connection at
   * any time, so what fails on an old one is tried once more on a new one.
   *
   * @param deadline of {@code nanoTime}
   */
  byte[] ask(Question question, long deadline, LongSupplier nanoTime)
      throws IOException, InterruptedException {
    StreamConnection first = take(deadline, nanoTime);
    boolean reused = first.hasAnswered();
    metrics.connection(label, protocol(), reused);
    try {
      return first.ask(question, deadline - nanoTime.getAsLong());
    } catch (IOException e) {
      if (!reused || nanoTime.getAsLong() - deadline >= 0) {
        throw e;
      }
    }
    return take(deadline, nanoTime).ask(question, deadline - nanoTime.getAsLong());
  }

  private String protocol() {
    return upstream.protocol() == UpstreamAddress.Protocol.TLS ? "tcp-tls" : "tcp";
  }

  /** A connection with room: one that is there, a new one, or the next that gets ready. */
  private StreamConnection take(long deadline, LongSupplier nanoTime)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new IOException("closed");
        }
        for (StreamConnection connection : connections) {
          if (connection.hasRoom()) {
            return connection;
          }
        }
        if (connections.size() + opening < options.maxConnections()) {
          opening++;
          break;
        }
        long left = deadline - nanoTime.getAsLong();
        if (left <= 0) {
          throw new SocketTimeoutException("no connection in time");
        }
        long unused = changed.awaitNanos(Math.min(left, RECHECK_NS));
      }
    } finally {
      lock.unlock();
    }
    return open(deadline - nanoTime.getAsLong());
  }

  private StreamConnection open(long nanos) throws IOException {
    StreamConnection opened = null;
    try {
      Holder holder = new Holder();
      opened =
          new StreamConnection(
              connect((int) Math.max(1, nanos / MILLISECOND)),
              (int) options.expire().toMillis(),
              () -> remove(holder));
      holder.connection = opened;
      return opened;
    } finally {
      added(opened);
    }
  }

  /** Lets a connection be removed that is not made yet. */
  private static final class Holder {
    volatile @Nullable StreamConnection connection;
  }

  private void added(@Nullable StreamConnection opened) {
    boolean late = false;
    lock.lock();
    try {
      opening--;
      if (opened != null) {
        connections.add(opened);
        late = closed;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (late && opened != null) {
      opened.close();
    }
    if (opened != null && !opened.hasRoom()) {
      remove(opened);
    }
  }

  private void remove(Holder holder) {
    StreamConnection connection = holder.connection;
    if (connection != null) {
      remove(connection);
    }
  }

  private void remove(StreamConnection connection) {
    lock.lock();
    try {
      connections.remove(connection);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Socket connect(int millis) throws IOException {
    Socket socket = new Socket();
    try {
      if (options.source() != null) {
        socket.bind(new InetSocketAddress(options.source(), 0));
      }
      socket.connect(upstream.address(), millis);
      socket.setTcpNoDelay(true);
      if (upstream.protocol() != UpstreamAddress.Protocol.TLS) {
        return socket;
      }
      socket.setSoTimeout(millis);
      return TlsConnector.connect(socket, upstream, options.tls());
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  void close() {
    List<StreamConnection> left;
    lock.lock();
    try {
      closed = true;
      left = List.copyOf(connections);
    } finally {
      lock.unlock();
    }
    left.forEach(StreamConnection::close);
  }
}
