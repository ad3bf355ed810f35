// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A DNS server on loopback: A records that live for a second, NXDOMAIN for other names. */
final class TestDns implements AutoCloseable {
  private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  private final Map<String, List<String>> records = new ConcurrentHashMap<>();

  TestDns() throws IOException {
    Thread.ofVirtual().name("dns").start(this::serve);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** The addresses of a name, which has a dot at its end. */
  void name(String name, String... addresses) {
    records.put(name, List.of(addresses));
  }

  private void serve() {
    byte[] buffer = new byte[1500];
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    try {
      while (true) {
        socket.receive(packet);
        byte[] answer = answer(new Message(packet.getData())).toWire();
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private Message answer(Message query) throws IOException {
    Record question = query.getQuestion();
    Message response = new Message(query.getHeader().getID());
    response.getHeader().setFlag(Flags.QR);
    response.addRecord(question, Section.QUESTION);
    Name name = question.getName();
    List<String> addresses = records.get(name.toString());
    if (addresses == null) {
      response.getHeader().setRcode(Rcode.NXDOMAIN);
    } else if (question.getType() == Type.A) {
      for (String address : addresses) {
        response.addRecord(
            new ARecord(name, question.getDClass(), 1, InetAddress.getByName(address)),
            Section.ANSWER);
      }
    }
    return response;
  }

  @Override
  public void close() {
    socket.close();
  }
}
