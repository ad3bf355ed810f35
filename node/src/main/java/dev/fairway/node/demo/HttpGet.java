// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.demo;

import dev.fairway.kube.x509.PeerVerifier;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** One GET on a connection of its own, with a host name that need not lead to the address. */
final class HttpGet {
  private static final int TIMEOUT_MILLIS = 2000;
  private static final int MAX_BYTES = 16 * 1024;

  /** Status code and body, or the target of a redirect. */
  record Answer(int status, String body, String location) {}

  private HttpGet() {}

  static Answer get(InetSocketAddress address, boolean tls, String host, String path)
      throws IOException {
    try (Socket plain = new Socket()) {
      plain.setSoTimeout(TIMEOUT_MILLIS);
      plain.connect(address, TIMEOUT_MILLIS);
      Socket socket = tls ? secured(plain, host, address.getPort()) : plain;
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return parse(read(new BufferedInputStream(socket.getInputStream())));
    }
  }

  /** The head and as much of a body as it announces, or all until the end without a length. */
  private static String read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder(256);
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int next = in.read();
      if (next < 0 || head.length() > MAX_BYTES) {
        throw new IOException("no HTTP answer");
      }
      head.append((char) next);
    }
    int length = MAX_BYTES;
    for (String line : head.toString().split("\r\n")) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        try {
          length = Math.clamp(Long.parseLong(line.substring(15).strip()), 0, MAX_BYTES);
        } catch (NumberFormatException e) {
          throw new IOException("no HTTP answer", e);
        }
      }
    }
    return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static Answer parse(String text) throws IOException {
    int end = text.indexOf("\r\n\r\n");
    String[] status = text.split(" ", 3);
    if (end < 0 || status.length < 3 || !status[0].startsWith("HTTP/")) {
      throw new IOException("no HTTP answer");
    }
    String location = "";
    for (String line : text.substring(0, end).split("\r\n")) {
      if (line.regionMatches(true, 0, "location:", 0, 9)) {
        location = line.substring(9).strip();
      }
    }
    try {
      return new Answer(Integer.parseInt(status[1]), text.substring(end + 4).strip(), location);
    } catch (NumberFormatException e) {
      throw new IOException("no HTTP answer", e);
    }
  }

  private static Socket secured(Socket plain, String host, int port) throws IOException {
    try {
      // The demo's certificate is made up by the gateway itself.
      SSLSocket socket =
          (SSLSocket)
              PeerVerifier.anyServer().getSocketFactory().createSocket(plain, host, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
      socket.setSSLParameters(parameters);
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }
}
