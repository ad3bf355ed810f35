// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.hello;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Answers HTTP/1.1 on {@code $PORT} (8000) of {@code $POD_IP} with the pod's name, its node and its
 * address: as text (after the words of {@code $GREETING}, if there are any), as JSON on {@code
 * /json}, "ok" on {@code /healthz}. It loads few classes so that a pod is there at once, and on
 * SIGTERM it answers what is on its way before it leaves.
 */
public final class Hello {
  private static final int MAX_CONNECTIONS = 512;
  private static final int MAX_HEAD = 32 * 1024;
  private static final long LEAVE_AFTER_MILLIS = 500;
  private static final long LEAVE_AT_LATEST_MILLIS = 5000;

  private final ServerSocket server;
  private final String pod;
  private final String node;
  private final String greeting;
  private final PrintStream log;
  private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean leaving;

  private Hello(ServerSocket server, Map<String, String> env, PrintStream log) {
    this.server = server;
    this.pod = env.getOrDefault("POD_NAME", "unknown");
    this.node = env.getOrDefault("NODE_NAME", "unknown");
    String words = env.getOrDefault("GREETING", "");
    this.greeting = words.isEmpty() ? "" : words + "\n";
    this.log = log;
  }

  /** Runs until SIGTERM. */
  public static void main(String[] args) throws IOException {
    Map<String, String> env = System.getenv();
    PrintStream log =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    InetAddress address = InetAddress.getByName(env.getOrDefault("POD_IP", "127.0.0.1"));
    int port = Integer.parseInt(env.getOrDefault("PORT", "8000"));
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(address, port), 512);
      Hello hello = new Hello(server, env, log);
      Runtime.getRuntime().addShutdownHook(new Thread(hello::leave));
      log.println("listening on " + text(address, server.getLocalPort()));
      hello.serve();
    }
  }

  private static String text(InetAddress address, int port) {
    String host = address.getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private void serve() {
    while (!server.isClosed()) {
      try {
        connections.acquire();
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> answerAll(socket));
      } catch (IOException e) {
        connections.release();
        if (!server.isClosed()) {
          log.println("accept failed: " + e.getMessage());
        }
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  /**
   * Stays for those who still come by an old route, then, bounded, for kept-alive connections: each
   * is told {@code Connection: close} with its next answer, which loses nothing, while to close an
   * idle one can meet a request that is already on its way.
   */
  private void leave() {
    leaving = true;
    log.println("SIGTERM: finishing requests");
    try {
      TimeUnit.MILLISECONDS.sleep(LEAVE_AFTER_MILLIS);
      long left = (LEAVE_AT_LATEST_MILLIS - LEAVE_AFTER_MILLIS) / 20;
      while (open.get() > 0 && left-- > 0) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void answerAll(Socket socket) {
    open.incrementAndGet();
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(120_000);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      boolean more = true;
      while (more) {
        more = answerOne(socket, in);
      }
    } catch (IOException _) {
      return; // the client left
    } finally {
      open.decrementAndGet();
      connections.release();
    }
  }

  private boolean answerOne(Socket socket, InputStream in) throws IOException {
    String head = readHead(in);
    if (head == null) {
      return false;
    }
    String[] request = head.lines().findFirst().orElse("").split(" ");
    String lower = head.toLowerCase(Locale.ROOT);
    skipBody(in, lower);
    boolean keep =
        !leaving
            && request.length == 3
            && request[2].equals("HTTP/1.1")
            && !lower.contains("\r\nconnection: close");
    respond(socket, request, keep);
    return keep;
  }

  /** The request line and headers, or null at the end of the connection. */
  private static @Nullable String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder(256);
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.append((char) b);
      int n = head.length();
      if (b == '\n' && n >= 4 && head.charAt(n - 3) == '\n') {
        return head.toString();
      }
      if (n > MAX_HEAD) {
        throw new IOException("request head too long");
      }
    }
    return null;
  }

  private static void skipBody(InputStream in, String lowerHead) throws IOException {
    int at = lowerHead.indexOf("\r\ncontent-length:");
    if (at >= 0) {
      int end = lowerHead.indexOf('\r', at + 2);
      try {
        in.skipNBytes(Long.parseLong(lowerHead.substring(at + 17, end).trim()));
      } catch (NumberFormatException e) {
        throw new IOException(e);
      }
    } else if (lowerHead.contains("\r\ntransfer-encoding:")) {
      throw new IOException("chunked requests are not read");
    }
  }

  private void respond(Socket socket, String[] request, boolean keep) throws IOException {
    String path = request.length < 2 ? "" : request[1].split("[?]", 2)[0];
    String address = text(socket.getLocalAddress(), socket.getLocalPort());
    boolean json = path.endsWith("/json");
    String body;
    if (request.length != 3) {
      body = "bad request\n";
    } else if (path.equals("/healthz")) {
      body = "ok\n";
    } else if (json) {
      body =
          "{\"pod\":\"%s\",\"node\":\"%s\",\"address\":\"%s\",\"path\":\"%s\"}\n"
              .formatted(pod, node, address, escaped(path));
    } else {
      body = greeting + "pod=%s node=%s address=%s\n".formatted(pod, node, address);
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        (request.length == 3 ? "HTTP/1.1 200 OK" : "HTTP/1.1 400 Bad Request")
            + ("\r\nContent-Type: " + (json ? "application/json" : "text/plain; charset=utf-8"))
            + ("\r\nContent-Length: " + bytes.length)
            + (keep ? "" : "\r\nConnection: close")
            + "\r\n\r\n";
    byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
    boolean headOnly = request.length == 3 && request[0].equals("HEAD");
    byte[] all = new byte[headBytes.length + (headOnly ? 0 : bytes.length)];
    System.arraycopy(headBytes, 0, all, 0, headBytes.length);
    if (!headOnly) {
      System.arraycopy(bytes, 0, all, headBytes.length, bytes.length);
    }
    socket.getOutputStream().write(all);
    if (!path.equals("/healthz") && request.length == 3) {
      log.println(request[0] + " " + escaped(path));
    }
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c < ' ' ? '?' : c);
      }
    }
    return out.toString();
  }
}
