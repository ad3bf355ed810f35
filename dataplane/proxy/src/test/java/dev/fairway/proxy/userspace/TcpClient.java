// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that speaks in lines. */
final class TcpClient implements AutoCloseable {
  final Socket socket = new Socket();
  private final BufferedReader in;

  TcpClient(InetSocketAddress address) throws IOException {
    this("127.0.0.1", address);
  }

  TcpClient(String source, InetSocketAddress address) throws IOException {
    socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
    socket.bind(new InetSocketAddress(InetAddress.getByName(source), 0));
    socket.connect(address, (int) Rig.PATIENCE.toMillis());
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  static String nameAt(InetSocketAddress address) throws IOException {
    return nameAt("127.0.0.1", address);
  }

  /** The name the endpoint says, or what went wrong instead. */
  static String nameAt(String source, InetSocketAddress address) throws IOException {
    try (TcpClient client = new TcpClient(source, address)) {
      return client.readLine();
    }
  }

  String readLine() throws IOException {
    String line = in.readLine();
    return line == null ? "end" : line;
  }

  /**
   * Lets {@link #close} reset the connection. Clients that call thousands of times do that, as the
   * ports of connections closed in peace are taken for a minute and others need some too.
   */
  TcpClient leavingNoTrace() throws IOException {
    socket.setSoLinger(true, 0);
    return this;
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
