// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One question to one upstream: UDP from a fresh port with a fresh identifier, TCP if the answer
 * does not fit. Blocking, for a virtual thread.
 */
final class UpstreamExchange {
  /** Datagrams that do not match before the upstream is asked by TCP, where forging is hard. */
  private static final int MAX_MISMATCHES = 16;

  private static final int UDP_PAYLOAD = 1232;
  private static final int MAX_DATAGRAM = 4096;
  private static final int MILLISECOND = 1_000_000;

  private final Lookup lookup;
  private final byte[] request;
  private final int id;
  private final LongSupplier nanoTime;
  private final DnsMetrics metrics;

  UpstreamExchange(Lookup lookup, int id, LongSupplier nanoTime, DnsMetrics metrics) {
    this.lookup = lookup;
    this.id = id & 0xffff;
    this.request = request(lookup, this.id);
    this.nanoTime = nanoTime;
    this.metrics = metrics;
  }

  /**
   * Asks.
   *
   * @param deadline of {@code nanoTime}
   * @return the response, or null when it did not come in time or was malformed
   */
  @Nullable UpstreamMessage ask(InetSocketAddress upstream, long deadline) throws IOException {
    byte[] response = overUdp(upstream, deadline);
    if (response == null) {
      return overTcp(upstream, deadline);
    }
    UpstreamMessage message = parse(response);
    if (message == null || message.isTruncated()) {
      UpstreamMessage whole = overTcpOrNull(upstream, deadline);
      return whole == null ? message : whole;
    }
    return message;
  }

  private @Nullable UpstreamMessage parse(byte[] response) {
    return UpstreamMessage.parse(response, response.length, lookup.name().length);
  }

  /** The first datagram that matches; null when there were too many that do not. */
  private byte @Nullable [] overUdp(InetSocketAddress upstream, long deadline) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(upstream);
      socket.send(new DatagramPacket(request, request.length));
      byte[] buffer = new byte[MAX_DATAGRAM];
      for (int i = 0; i < MAX_MISMATCHES; i++) {
        socket.setSoTimeout(millisUntil(deadline));
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        int length = packet.getLength();
        if (UpstreamMessage.matches(buffer, length, id, lookup.name(), lookup.type())) {
          return Arrays.copyOf(buffer, length);
        }
        metrics.spoofSuspect();
      }
      return null;
    }
  }

  private @Nullable UpstreamMessage overTcpOrNull(InetSocketAddress upstream, long deadline) {
    try {
      return overTcp(upstream, deadline);
    } catch (IOException e) {
      return null;
    }
  }

  private @Nullable UpstreamMessage overTcp(InetSocketAddress upstream, long deadline)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(upstream, millisUntil(deadline));
      socket.setTcpNoDelay(true);
      byte[] framed = new byte[request.length + 2];
      framed[0] = (byte) (request.length >>> 8);
      framed[1] = (byte) request.length;
      System.arraycopy(request, 0, framed, 2, request.length);
      socket.getOutputStream().write(framed);
      byte[] head = new byte[2];
      readFully(socket, head, deadline);
      byte[] response = new byte[(head[0] & 0xff) << 8 | (head[1] & 0xff)];
      readFully(socket, response, deadline);
      boolean matches =
          UpstreamMessage.matches(response, response.length, id, lookup.name(), lookup.type());
      return matches ? parse(response) : null;
    }
  }

  /** Each read has the time that is left, so that a slow sender cannot stretch it. */
  private void readFully(Socket socket, byte[] target, long deadline) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    for (int at = 0; at < target.length; ) {
      socket.setSoTimeout(millisUntil(deadline));
      int read = in.read(target, at, target.length - at);
      if (read < 0) {
        throw new IOException("connection closed by upstream");
      }
      at += read;
    }
  }

  private int millisUntil(long deadline) throws SocketTimeoutException {
    long left = (deadline - nanoTime.getAsLong()) / MILLISECOND;
    if (left <= 0) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  private static byte[] request(Lookup lookup, int id) {
    byte[] name = lookup.name();
    byte[] request = new byte[12 + name.length + 4 + 11];
    request[0] = (byte) (id >>> 8);
    request[1] = (byte) id;
    request[2] = 1; // RD
    request[3] = (byte) (lookup.checkingDisabled() ? 0x30 : 0x20); // AD, CD
    request[5] = 1;
    request[11] = 1;
    System.arraycopy(name, 0, request, 12, name.length);
    int at = 12 + name.length;
    request[at] = (byte) (lookup.type() >>> 8);
    request[at + 1] = (byte) lookup.type();
    request[at + 3] = 1;
    request[at + 6] = 41;
    request[at + 7] = (byte) (UDP_PAYLOAD >>> 8);
    request[at + 8] = (byte) UDP_PAYLOAD;
    request[at + 11] = (byte) (lookup.dnssecOk() ? 0x80 : 0);
    return request;
  }
}
