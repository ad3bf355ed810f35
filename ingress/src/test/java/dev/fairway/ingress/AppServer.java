// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server that ends as servers do that handle SIGTERM: it takes no more connections at
 * once, ends those that are not used, and finishes the requests that it has begun. It remembers
 * which requests it has executed.
 */
final class AppServer implements AutoCloseable {
  private enum Use {
    IDLE,
    BUSY,
    CLOSED
  }

  private final ServerSocket server;
  private final Map<String, AtomicInteger> executed;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  /**
   * @param executed counts by request path, shared by the servers of a test
   */
  AppServer(Map<String, AtomicInteger> executed) throws IOException {
    this.executed = executed;
    server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::acceptLoop);
  }

  int port() {
    return server.getLocalPort();
  }

  /** What SIGTERM does. */
  void terminate() throws IOException {
    stopping = true;
    server.close();
    for (Connection connection : open) {
      connection.closeIfIdle();
    }
  }

  /** Whether a connection is left. */
  boolean isBusy() {
    return !open.isEmpty();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Connection connection : open) {
      connection.socket.close();
    }
  }

  private void acceptLoop() {
    try {
      while (true) {
        Connection connection = new Connection(server.accept());
        open.add(connection);
        Thread.ofVirtual().start(connection::serve);
      }
    } catch (IOException closed) {
      return; // terminated
    }
  }

  private final class Connection {
    private final Socket socket;
    private Use use = Use.IDLE;

    Connection(Socket socket) {
      this.socket = socket;
    }

    void serve() {
      try (socket) {
        socket.setTcpNoDelay(true);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        boolean more = true;
        while (more) {
          String line = readHead(in);
          more = line != null && respond(line, out);
        }
      } catch (IOException gone) {
        return; // by the gateway, or by us
      } finally {
        open.remove(this);
      }
    }

    /** The request line, once the whole request is there; null where the connection ends. */
    private @Nullable String readHead(InputStream in) throws IOException {
      in.mark(1);
      if (in.read() < 0 || !become(Use.IDLE, Use.BUSY)) {
        return null;
      }
      in.reset();
      String line = TestBackend.readLine(in);
      int length = 0;
      String field = TestBackend.readLine(in);
      while (field != null && !field.isEmpty()) {
        if (field.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(field.substring(15).strip());
        }
        field = TestBackend.readLine(in);
      }
      in.skipNBytes(length);
      return line;
    }

    private boolean respond(String line, OutputStream out) throws IOException {
      String path = line.split(" ", -1)[1];
      executed.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
      if (path.endsWith("/slow")) {
        LockSupport.parkNanos(100_000_000);
      }
      boolean last = stopping;
      TestBackend.respond(out, "200 OK" + (last ? "\r\nConnection: close" : ""), "");
      return !last && become(Use.BUSY, Use.IDLE) && !(stopping && become(Use.IDLE, Use.CLOSED));
    }

    private boolean become(Use from, Use to) {
      synchronized (this) {
        if (use != from) {
          return false;
        }
        use = to;
        return true;
      }
    }

    void closeIfIdle() throws IOException {
      if (become(Use.IDLE, Use.CLOSED)) {
        socket.close();
      }
    }
  }
}
