// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An upstream that answers as a test tells it, over UDP and TCP on one loopback port. */
final class FakeUpstream implements AutoCloseable {
  /** The datagrams, or over TCP the messages, to send in return for a query. */
  interface Script {
    List<byte[]> answer(Message query, boolean tcp) throws IOException, InterruptedException;
  }

  /** Does with a connection what it likes. */
  interface RawTcp {
    void answer(Message query, Socket socket) throws IOException, InterruptedException;
  }

  /** A query as it came. */
  record Seen(Message query, int port, boolean tcp) {}

  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Script script;
  private final @Nullable RawTcp raw;
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  FakeUpstream(Script script) throws IOException {
    this(script, null);
  }

  FakeUpstream(Script script, @Nullable RawTcp raw) throws IOException {
    this.script = script;
    this.raw = raw;
    DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    ServerSocket connections = listen(datagrams.getLocalPort());
    while (connections == null) {
      datagrams.close();
      datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress());
      connections = listen(datagrams.getLocalPort());
    }
    udp = datagrams;
    tcp = connections;
    Thread.ofVirtual().start(this::serveUdp);
    Thread.ofVirtual().start(this::serveTcp);
  }

  private static @Nullable ServerSocket listen(int port) {
    try {
      return new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      return null;
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) udp.getLocalSocketAddress();
  }

  List<Seen> seen() {
    return seen;
  }

  private void serveUdp() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        udp.receive(packet);
        Message query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (query.getQuestion().getType() == Type.HINFO) {
          // The server looks whether its questions come back; tests are about those of clients.
          byte[] nothing = response(query, Rcode.NXDOMAIN).toWire();
          udp.send(new DatagramPacket(nothing, nothing.length, packet.getSocketAddress()));
          continue;
        }
        seen.add(new Seen(query, packet.getPort(), false));
        Thread.ofVirtual().start(() -> answerUdp(query, packet));
      }
    } catch (IOException e) {
      // closed
      return;
    }
  }

  private void answerUdp(Message query, DatagramPacket packet) {
    try {
      for (byte[] answer : script.answer(query, false)) {
        udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException | InterruptedException e) {
      // closed
      return;
    }
  }

  private void serveTcp() {
    try {
      while (true) {
        Socket socket = tcp.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // closed
      return;
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        byte[] wire = new byte[in.readUnsignedShort()];
        in.readFully(wire);
        Message query = new Message(wire);
        seen.add(new Seen(query, socket.getPort(), true));
        if (raw != null) {
          raw.answer(query, socket);
          continue;
        }
        for (byte[] answer : script.answer(query, true)) {
          socket.getOutputStream().write(framed(answer));
        }
      }
    } catch (IOException | InterruptedException e) {
      // closed by one side
      return;
    }
  }

  /** A message with its length before it. */
  static byte[] framed(byte[] message) {
    byte[] framed = new byte[message.length + 2];
    framed[0] = (byte) (message.length >>> 8);
    framed[1] = (byte) message.length;
    System.arraycopy(message, 0, framed, 2, message.length);
    return framed;
  }

  /** TCP connections that were opened. */
  int connections() {
    return connections.get();
  }

  /** A response with these records of the answer section, written as {@code name ttl type data}. */
  static Message response(Message query, int rcode, String... records) throws IOException {
    Message response = new Message(query.getHeader().getID());
    response.getHeader().setFlag(Flags.QR);
    response.getHeader().setFlag(Flags.RA);
    response.getHeader().setFlag(Flags.RD);
    response.getHeader().setRcode(rcode);
    response.addRecord(query.getQuestion(), Section.QUESTION);
    for (String record : records) {
      response.addRecord(record(record), Section.ANSWER);
    }
    return response;
  }

  static Record record(String text) throws IOException {
    String[] words = text.split(" ", 4);
    return Record.fromString(
        Name.fromString(words[0]),
        Type.value(words[2]),
        DClass.IN,
        Long.parseLong(words[1]),
        words[3],
        Name.root);
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
