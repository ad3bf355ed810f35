// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Asks a gateway for one path, again and again. */
final class PathProbe implements AutoCloseable {
  private static final String LENGTH = "content-length: ";

  private final InetSocketAddress address;
  private final byte[] request;
  private Socket socket;

  PathProbe(InetSocketAddress address, String host, String path) throws IOException {
    this.address = address;
    request =
        ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    socket = open(address);
  }

  private static Socket open(InetSocketAddress address) throws IOException {
    Socket opened = new Socket(address.getAddress(), address.getPort());
    opened.setTcpNoDelay(true);
    return opened;
  }

  /** The status of one request more. */
  int status() throws IOException {
    socket.getOutputStream().write(request);
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[4096];
    int length = 0;
    String text = "";
    while (!isComplete(text)) {
      int read = in.read(buffer, length, buffer.length - length);
      if (read <= 0) {
        throw new IOException("the gateway closed the connection");
      }
      length += read;
      text = new String(buffer, 0, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    }
    if (text.contains("connection: close")) {
      socket.close();
      socket = open(address);
    }
    return Integer.parseInt(text.substring(9, 12));
  }

  /** Whether the text is a head with Content-Length and as many bytes of a body. */
  private static boolean isComplete(String text) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    int field = text.indexOf(LENGTH) + LENGTH.length();
    return text.length() - end - 4
        >= Integer.parseInt(text.substring(field, text.indexOf("\r\n", field)));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
