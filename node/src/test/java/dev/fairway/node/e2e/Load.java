// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A paced HTTP/1.1 client that never retries: every request that is not answered with 200 is a lost
 * request. Keep-alive connections are used again until the server says {@code Connection: close}.
 */
final class Load implements AutoCloseable {
  private final String host;
  private final int port;
  private final String hostHeader;
  private final boolean keepAlive;
  private final AtomicLong answered = new AtomicLong();
  private final Queue<String> lost = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended;
  private volatile boolean stopping;

  private Load(String host, int port, String hostHeader, boolean keepAlive, int workers) {
    this.host = host;
    this.port = port;
    this.hostHeader = hostHeader;
    this.keepAlive = keepAlive;
    this.ended = new CountDownLatch(workers);
  }

  /**
   * Starts requests at a steady pace.
   *
   * @param keepAlive false opens a connection for each request
   */
  static Load start(
      String host, int port, String hostHeader, boolean keepAlive, int requestsPerSecond) {
    int workers = 4;
    Load load = new Load(host, port, hostHeader, keepAlive, workers);
    long periodNanos = TimeUnit.SECONDS.toNanos(1) * workers / requestsPerSecond;
    for (int i = 0; i < workers; i++) {
      long offsetNanos = periodNanos * i / workers;
      Thread.ofVirtual().start(() -> load.work(periodNanos, offsetNanos));
    }
    return load;
  }

  long answered() {
    return answered.get();
  }

  /** Ends the load and answers what was lost, one line a request. */
  Queue<String> stop() throws InterruptedException {
    stopping = true;
    if (!ended.await(30, TimeUnit.SECONDS)) {
      lost.add("a request is still waiting for its answer");
    }
    return lost;
  }

  @Override
  public void close() {
    stopping = true;
  }

  private void work(long periodNanos, long offsetNanos) {
    long next = System.nanoTime() + offsetNanos;
    Connection connection = null;
    try {
      while (!stopping) {
        LockSupport.parkNanos(next - System.nanoTime());
        next += periodNanos;
        try {
          if (connection == null) {
            connection = new Connection(host, port);
          }
          Answer answer = connection.get("/", hostHeader, keepAlive);
          if (answer.status() == 200) {
            answered.incrementAndGet();
          } else {
            lost.add(answer.toString());
          }
          if (!keepAlive || answer.close()) {
            connection.close();
            connection = null;
          }
        } catch (IOException e) {
          lost.add("request " + (answered.get() + lost.size()) + ": " + e);
          if (connection != null) {
            connection.close();
          }
          connection = null;
        }
      }
    } finally {
      if (connection != null) {
        connection.close();
      }
      ended.countDown();
    }
  }

  /** One request on a connection of its own; a failure is an answer with status 0. */
  static Answer once(String host, int port, String path, String hostHeader) {
    try (Connection connection = new Connection(host, port)) {
      return connection.get(path, hostHeader, false);
    } catch (IOException e) {
      return new Answer(0, e.toString(), true);
    }
  }

  /**
   * An answer.
   *
   * @param status the HTTP status, 0 where there was none
   */
  record Answer(int status, String body, boolean close) {
    @Override
    public String toString() {
      return status + " " + body;
    }
  }

  private static final class Connection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    Connection(String host, int port) throws IOException {
      try {
        socket.connect(new InetSocketAddress(host, port), 10_000);
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    Answer get(String path, String hostHeader, boolean keepAlive) throws IOException {
      String request =
          "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n\r\n"
              .formatted(path, hostHeader, keepAlive ? "keep-alive" : "close");
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String statusLine = line();
      if (statusLine == null) {
        throw new IOException("closed before the answer");
      }
      int length = -1;
      boolean chunked = false;
      boolean close = !keepAlive;
      for (String header = line(); header != null && !header.isEmpty(); header = line()) {
        String lower = header.toLowerCase(java.util.Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Integer.parseInt(lower.substring("content-length:".length()).trim());
        } else if (lower.startsWith("transfer-encoding:") && lower.contains("chunked")) {
          chunked = true;
        } else if (lower.startsWith("connection:") && lower.contains("close")) {
          close = true;
        }
      }
      String body = chunked ? chunks() : length >= 0 ? exactly(length) : rest();
      return new Answer(
          Integer.parseInt(statusLine.split(" ")[1]), body, close || (!chunked && length < 0));
    }

    private String chunks() throws IOException {
      StringBuilder body = new StringBuilder();
      while (true) {
        String size = line();
        if (size == null) {
          throw new IOException("closed within a chunked body");
        }
        int length = Integer.parseInt(size.split(";")[0].trim(), 16);
        body.append(exactly(length));
        line();
        if (length == 0) {
          return body.toString();
        }
      }
    }

    private String exactly(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new IOException("closed after " + bytes.length + " of " + length + " bytes of body");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private @Nullable String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          return line.isEmpty() ? null : line.toString();
        }
        if (b != '\r') {
          line.append((char) b);
        }
      }
      return line.toString();
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException alreadyBroken) {
        return;
      }
    }
  }
}
