// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A connection to the gateway on which a test sends the bytes it likes. */
final class RawClient implements AutoCloseable {
  /** A response with its body. */
  record Response(int status, List<String> fields, String body, List<String> trailers) {
    String field(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      for (String field : fields) {
        if (field.toLowerCase(Locale.ROOT).startsWith(prefix)) {
          return field.substring(prefix.length()).strip();
        }
      }
      return "";
    }
  }

  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RawClient(InetSocketAddress address) throws IOException {
    this(new Socket(address.getAddress(), address.getPort()));
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  RawClient send(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends a GET and reads its response. */
  Response get(String host, String path) throws IOException {
    send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return response();
  }

  Response response() throws IOException {
    return response(false);
  }

  Response response(boolean toHead) throws IOException {
    String line = TestBackend.readLine(in);
    if (line == null) {
      throw new IOException("the connection ended before a response");
    }
    int status = Integer.parseInt(line.substring(9, 12));
    List<String> fields = new ArrayList<>();
    for (String field = TestBackend.readLine(in);
        field != null && !field.isEmpty();
        field = TestBackend.readLine(in)) {
      fields.add(field);
    }
    Response head = new Response(status, fields, "", List.of());
    if (toHead || status < 200 || status == 204 || status == 304) {
      return head;
    }
    List<String> trailers = new ArrayList<>();
    byte[] body;
    if (head.field("Transfer-Encoding").equals("chunked")) {
      body = TestBackend.readChunks(in, trailers);
    } else if (!head.field("Content-Length").isEmpty()) {
      body = in.readNBytes(Integer.parseInt(head.field("Content-Length")));
    } else {
      body = in.readAllBytes();
    }
    return new Response(status, fields, new String(body, StandardCharsets.ISO_8859_1), trailers);
  }

  /** Whether the gateway has ended the connection, with nothing more to read. */
  boolean isEnded() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  String read(int bytes) throws IOException {
    return new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
  }

  InputStream in() {
    return in;
  }

  void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
