// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A name server for {@code ext.test}, over UDP and TCP: {@code a}, {@code v4only}, {@code many} (60
 * addresses), {@code alias} (of {@code a}), {@code fail} (SERVFAIL); every other name is missing.
 */
public final class TestUpstream implements AutoCloseable {
  private static final int TTL = 60;
  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Name zone;

  TestUpstream() throws IOException {
    this("127.0.0.1", 0);
  }

  private TestUpstream(String address, int port) throws IOException {
    InetAddress loopback = InetAddress.getByName(address);
    tcp = new ServerSocket(port, 50, loopback);
    udp = new DatagramSocket(tcp.getLocalPort(), loopback);
    zone = Name.fromString("ext.test.");
    Thread.ofVirtual().name("upstream-udp").start(this::serveUdp);
    Thread.ofVirtual().name("upstream-tcp").start(this::serveTcp);
  }

  /** As a process of its own, at a port and an address, for as long as its input is open. */
  public static void main(String[] args) throws IOException {
    try (TestUpstream upstream = new TestUpstream(args[1], Integer.parseInt(args[0]))) {
      System.out.println("ready " + upstream.address());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) udp.getLocalSocketAddress();
  }

  private void serveUdp() {
    byte[] buffer = new byte[4096];
    while (!udp.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
        int most = query.getOPT() == null ? 512 : Math.max(512, query.getOPT().getPayloadSize());
        byte[] answer = answer(query).toWire(most);
        udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException _) {
        // The test ended, or sent nonsense: the next one.
        continue;
      }
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try {
        Socket client = tcp.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException _) {
        // The test ended.
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      while (true) {
        byte[] wire = new byte[in.readUnsignedShort()];
        in.readFully(wire);
        byte[] answer = answer(new Message(wire)).toWire();
        out.write(
            ByteBuffer.allocate(answer.length + 2)
                .putShort((short) answer.length)
                .put(answer)
                .array());
      }
    } catch (IOException _) {
      // The client has no more questions.
      return;
    }
  }

  private Message answer(Message query) throws IOException {
    Record question = query.getQuestion();
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RA);
    answer.getHeader().setFlag(Flags.RD);
    answer.addRecord(question, Section.QUESTION);
    Name name = question.getName();
    String host = name.getLabelString(0).toLowerCase(Locale.ROOT);
    if (!name.subdomain(zone) || name.labels() != zone.labels() + 1) {
      return missing(answer, Rcode.NXDOMAIN);
    }
    List<Record> records = new ArrayList<>();
    switch (host) {
      case "a" -> addresses(records, name, question.getType(), 1, true);
      case "v4only" -> addresses(records, name, question.getType(), 1, false);
      case "many" -> addresses(records, name, question.getType(), 60, true);
      case "alias" -> {
        Name target = Name.fromString("a", zone);
        records.add(new CNAMERecord(name, DClass.IN, TTL, target));
        addresses(records, target, question.getType(), 1, true);
      }
      case "fail" -> {
        answer.getHeader().setRcode(Rcode.SERVFAIL);
        return answer;
      }
      default -> {
        return missing(answer, Rcode.NXDOMAIN);
      }
    }
    if (records.isEmpty()) {
      return missing(answer, Rcode.NOERROR);
    }
    records.forEach(record -> answer.addRecord(record, Section.ANSWER));
    return answer;
  }

  private static void addresses(List<Record> records, Name name, int type, int count, boolean v6)
      throws IOException {
    for (int i = 1; i <= count; i++) {
      if (type == Type.A) {
        InetAddress address = InetAddress.getByName("192.0.2." + i);
        records.add(new ARecord(name, DClass.IN, TTL, address));
      } else if (type == Type.AAAA && v6) {
        InetAddress address = InetAddress.getByName("2001:db8::" + Integer.toHexString(i));
        records.add(new AAAARecord(name, DClass.IN, TTL, address));
      }
    }
  }

  private Message missing(Message answer, int rcode) {
    answer.getHeader().setRcode(rcode);
    answer.addRecord(
        new SOARecord(zone, DClass.IN, TTL, zone, zone, 1, 2, 3, 4, 5), Section.AUTHORITY);
    return answer;
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
