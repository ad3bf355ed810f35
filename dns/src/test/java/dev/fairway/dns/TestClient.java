// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A DNS client on plain sockets. */
public final class TestClient {
  private static final int TIMEOUT_MILLIS = 10_000;

  private TestClient() {}

  /** A question {@code name type} with RD and without EDNS. */
  public static Message question(String question) throws IOException {
    String[] words = question.split(" ");
    return Message.newQuery(
        Record.newRecord(Name.fromString(words[0]), Type.value(words[1]), DClass.IN));
  }

  /** Asks over UDP and waits for the answer. */
  public static Message udp(InetSocketAddress server, Message query) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(server);
      byte[] wire = query.toWire();
      socket.send(new DatagramPacket(wire, wire.length));
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      socket.receive(packet);
      return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
    }
  }

  /** Asks {@code name type} over UDP. */
  public static Message udp(InetSocketAddress server, String question) throws IOException {
    return udp(server, question(question));
  }

  /** Connects over TCP. */
  public static Socket connect(InetSocketAddress server) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(server, TIMEOUT_MILLIS);
    return socket;
  }

  /** A message with its length before it. */
  public static byte[] framed(Message message) throws IOException {
    byte[] wire = message.toWire();
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(wire.length >>> 8);
    frame.write(wire.length);
    frame.writeBytes(wire);
    return frame.toByteArray();
  }

  /** Writes and flushes. */
  public static void send(Socket socket, byte[] bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /** Reads one message. */
  public static Message receive(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] wire = new byte[in.readUnsignedShort()];
    in.readFully(wire);
    return new Message(wire);
  }
}
