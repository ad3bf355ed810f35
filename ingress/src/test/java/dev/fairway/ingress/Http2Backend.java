// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of HTTP/2 that answers each request as it is told. */
final class Http2Backend implements AutoCloseable {
  interface Behaviour {
    void answer(Http2Client connection, int stream) throws IOException;
  }

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Behaviour behaviour;

  Http2Backend(Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    Thread.startVirtualThread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException closed) {
      return; // the test is over
    }
  }

  private void serve(Socket socket) {
    try (Http2Client connection = Http2Client.server(socket)) {
      for (int stream = connection.request(); stream > 0; stream = connection.request()) {
        requests.incrementAndGet();
        behaviour.answer(connection, stream);
      }
    } catch (IOException gone) {
      return; // the gateway closed the connection
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
