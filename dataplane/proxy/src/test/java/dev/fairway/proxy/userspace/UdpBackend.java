// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real server that answers each datagram with its address and what it got, or with the address of
 * the client if that is what it is asked for; one of more than 1000 bytes it sends back as it is.
 */
final class UdpBackend implements AutoCloseable {
  private static final int BIG = 1000;

  /** The question who the server takes for its client. */
  static final String WHO = "who am I";

  private final DatagramSocket socket;
  private final Thread thread;
  final AtomicInteger datagrams = new AtomicInteger();

  UdpBackend(String address, int port) throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port));
    thread = Thread.ofVirtual().start(() -> serve(address));
  }

  private void serve(String name) {
    byte[] buffer = new byte[65_536];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        datagrams.incrementAndGet();
        byte[] answer =
            packet.getLength() > BIG
                ? Arrays.copyOf(buffer, packet.getLength())
                : (name + " " + answer(packet)).getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException _) {
      // Closed at the end of the test.
    }
  }

  private static String answer(DatagramPacket packet) {
    String text = text(packet);
    return text.equals(WHO) ? IpAddress.ofBytes(packet.getAddress().getAddress()).toString() : text;
  }

  static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  /** What the server says to a text; waits as long as the socket's timeout. */
  static String ask(DatagramSocket client, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    client.send(new DatagramPacket(bytes, bytes.length));
    DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
    client.receive(answer);
    return text(answer);
  }

  /** The address is free again when this returns. */
  @Override
  public void close() throws InterruptedException {
    socket.close();
    thread.join();
  }
}
