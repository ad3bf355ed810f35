// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asks one server, over one UDP socket and one TCP connection. Confined to one thread. */
final class DnsClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int LARGEST = 65_535;

  private final InetSocketAddress server;
  private final DatagramSocket udp;
  private final byte[] buffer = new byte[LARGEST];
  private Socket tcp = new Socket();

  DnsClient(InetSocketAddress server) throws IOException {
    this.server = server;
    udp = new DatagramSocket();
    udp.setSoTimeout(TIMEOUT_MILLIS);
    udp.connect(server);
  }

  /** A question with RD and without EDNS. */
  static Message question(String name, int type) throws IOException {
    return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
  }

  /** The answer to {@code name type} over UDP. */
  static Message ask(InetSocketAddress server, String question) throws IOException {
    String[] words = question.split(" ");
    try (DnsClient client = new DnsClient(server)) {
      return client.udp(question(words[0], Type.value(words[1])));
    }
  }

  /** The code and the data of the answer section, such as {@code NOERROR 127.96.0.10}. */
  static String brief(Message answer) {
    StringBuilder text = new StringBuilder(org.xbill.DNS.Rcode.string(answer.getRcode()));
    for (Record record : answer.getSection(Section.ANSWER)) {
      text.append(' ').append(record.rdataToString());
    }
    return text.toString();
  }

  Message udp(Message query) throws IOException {
    byte[] wire = query.toWire();
    udp.send(new DatagramPacket(wire, wire.length));
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    while (true) {
      udp.receive(packet);
      Message answer = new Message(Arrays.copyOf(buffer, packet.getLength()));
      if (answer.getHeader().getID() == query.getHeader().getID()) {
        return answer;
      }
    }
  }

  Message tcp(Message query) throws IOException {
    if (!tcp.isConnected() || tcp.isClosed()) {
      tcp = new Socket();
      tcp.setSoTimeout(TIMEOUT_MILLIS);
      tcp.setTcpNoDelay(true);
      tcp.connect(server, TIMEOUT_MILLIS);
    }
    byte[] wire = query.toWire();
    byte[] frame = new byte[wire.length + 2];
    frame[0] = (byte) (wire.length >>> 8);
    frame[1] = (byte) wire.length;
    System.arraycopy(wire, 0, frame, 2, wire.length);
    new DataOutputStream(tcp.getOutputStream()).write(frame);
    DataInputStream in = new DataInputStream(tcp.getInputStream());
    byte[] answer = new byte[in.readUnsignedShort()];
    in.readFully(answer);
    return new Message(answer);
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
