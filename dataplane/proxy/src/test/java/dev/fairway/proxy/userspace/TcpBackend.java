// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A real server: says its name on each connection, then does what the test wants. */
final class TcpBackend implements AutoCloseable {
  private final ServerSocket server = new ServerSocket();
  private static final int LOOK_MILLIS = 20;

  final String address;
  final AtomicInteger connections = new AtomicInteger();
  private final Thread thread;
  private volatile boolean draining;

  interface Conversation {
    void run(Socket socket) throws IOException;
  }

  TcpBackend(String address, int port, Conversation conversation) throws IOException {
    this.address = address;
    server.setReuseAddress(true);
    server.setSoTimeout(LOOK_MILLIS);
    server.bind(new InetSocketAddress(InetAddress.getByName(address), port));
    thread = Thread.ofVirtual().start(() -> accept(conversation));
  }

  /** Answers every connection with its address, then echoes until the client is done. */
  static TcpBackend named(String address, int port) {
    try {
      return new TcpBackend(
          address,
          port,
          socket -> {
            socket.getOutputStream().write((address + "\n").getBytes(StandardCharsets.UTF_8));
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.shutdownOutput();
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers every connection with its address and that of whom it takes for its client. */
  static TcpBackend witness(String address, int port) throws IOException {
    return new TcpBackend(
        address,
        port,
        socket -> {
          IpAddress client = IpAddress.ofBytes(socket.getInetAddress().getAddress());
          String line = address + " " + client + "\n";
          socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
          socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
  }

  private void accept(Conversation conversation) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> talk(socket, conversation));
      } catch (SocketTimeoutException _) {
        if (draining) {
          closeSocket();
        }
      } catch (IOException _) {
        return;
      }
    }
  }

  /** Listens until nobody waits to be accepted; conversations go on. */
  void drain() {
    draining = true;
  }

  private static void talk(Socket socket, Conversation conversation) {
    try (socket) {
      conversation.run(socket);
    } catch (IOException _) {
      // The client went away, which is what some tests are about.
    }
  }

  /** The address is free again when this returns. */
  @Override
  public void close() {
    closeSocket();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeSocket() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
