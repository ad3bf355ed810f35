// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server with full control over its bytes: a virtual thread per connection, a behaviour
 * per request. Without one it answers 200 with its name, the request line and the request's fields.
 */
final class TestBackend implements AutoCloseable {
  /** What to do with a request; false ends the connection. */
  interface Behaviour {
    boolean handle(Request request, InputStream in, OutputStream out) throws IOException;
  }

  /** A request with its body. */
  record Request(String line, List<String> fields, byte[] body, List<String> trailers) {
    String field(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      for (String field : fields) {
        if (field.toLowerCase(Locale.ROOT).startsWith(prefix)) {
          return field.substring(prefix.length()).strip();
        }
      }
      return "";
    }

    String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }
  }

  private final String name;
  private final ServerSocket server;
  private final Behaviour behaviour;
  private final boolean readsBody;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  final AtomicInteger connections = new AtomicInteger();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  TestBackend(String name) throws IOException {
    this(name, InetAddress.getLoopbackAddress(), 0, true, null);
  }

  TestBackend(String name, Behaviour behaviour) throws IOException {
    this(name, InetAddress.getLoopbackAddress(), 0, true, behaviour);
  }

  /**
   * @param readsBody false leaves the body to the behaviour
   */
  TestBackend(
      String name, InetAddress address, int port, boolean readsBody, @Nullable Behaviour behaviour)
      throws IOException {
    this.name = name;
    this.readsBody = readsBody;
    this.behaviour = behaviour == null ? this::echo : behaviour;
    server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(address, port), 1000);
    Thread.ofVirtual().name("backend-" + name).start(this::acceptLoop);
  }

  String name() {
    return name;
  }

  String address() {
    return server.getInetAddress().getHostAddress();
  }

  int port() {
    return server.getLocalPort();
  }

  /** Accepts no more connections; those that are open live on. */
  void stopAccepting() {
    try {
      server.close();
    } catch (IOException closing) {
      throw new java.io.UncheckedIOException(closing);
    }
  }

  @Override
  public void close() {
    stopAccepting();
    closeConnections();
  }

  void closeConnections() {
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException closing) {
        throw new java.io.UncheckedIOException(closing);
      }
    }
  }

  /** Answers every request alike, with an empty body; fields may follow the status. */
  static Behaviour always(String head) {
    return (request, in, out) -> {
      respond(out, head, "");
      return true;
    };
  }

  static void respond(OutputStream out, String head, String body) throws IOException {
    String text = "HTTP/1.1 " + head + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private boolean echo(Request request, InputStream in, OutputStream out) throws IOException {
    StringBuilder body = new StringBuilder("backend=" + name + "\n" + request.line() + "\n");
    request.fields().forEach(field -> body.append(field).append('\n'));
    body.append('\n').append(request.text());
    request.trailers().forEach(trailer -> body.append("\ntrailer ").append(trailer));
    boolean head = request.line().startsWith("HEAD ");
    send(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Backend: "
            + name
            + "\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + (head ? "" : body));
    return true;
  }

  private void acceptLoop() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      return; // the test is over
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new java.io.BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      boolean more = true;
      while (more) {
        Request request = read(in);
        if (request == null) {
          return;
        }
        requests.add(request);
        more = behaviour.handle(request, in, out);
      }
    } catch (IOException gone) {
      return; // the gateway closed the connection
    } finally {
      open.remove(socket);
    }
  }

  private @Nullable Request read(InputStream in) throws IOException {
    String line = readLine(in);
    if (line == null) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    for (String field = readLine(in); field != null && !field.isEmpty(); field = readLine(in)) {
      fields.add(field);
    }
    Request head = new Request(line, List.copyOf(fields), new byte[0], List.of());
    if (!readsBody) {
      return head;
    }
    List<String> trailers = new ArrayList<>();
    byte[] body = new byte[0];
    if (head.field("Transfer-Encoding").equals("chunked")) {
      body = readChunks(in, trailers);
    } else if (!head.field("Content-Length").isEmpty()) {
      body = in.readNBytes(Integer.parseInt(head.field("Content-Length")));
    }
    return new Request(line, head.fields(), body, trailers);
  }

  static byte[] readChunks(InputStream in, List<String> trailers) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String line = readLine(in);
      if (line == null) {
        throw new IOException("end within a chunked body");
      }
      int size = Integer.parseInt(line.strip(), 16);
      if (size == 0) {
        for (String next = readLine(in); next != null && !next.isEmpty(); next = readLine(in)) {
          trailers.add(next);
        }
        return body.toByteArray();
      }
      body.write(in.readNBytes(size));
      readLine(in);
    }
  }

  static @Nullable String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.isEmpty() ? null : line.toString();
  }
}
