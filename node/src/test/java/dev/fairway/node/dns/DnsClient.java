// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asks one server, over one UDP socket and one TCP connection. Confined to one thread. */
public final class DnsClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  /** CoreDNS answers no more than 128 questions of a connection. */
  private static final int MOST_OVER_TCP = 100;

  private static final int LARGEST = 65_535;

  private final InetSocketAddress server;
  private final DatagramSocket udp;
  private final byte[] buffer = new byte[LARGEST];
  private Socket tcp = new Socket();
  private int asked;

  DnsClient(InetSocketAddress server) throws IOException {
    this.server = server;
    udp = new DatagramSocket();
    udp.setSoTimeout(TIMEOUT_MILLIS);
    udp.connect(server);
  }

  /**
   * As a process of its own: asks the server of the first argument, as {@code 10.96.0.10}, what
   * comes line by line, as {@code tcp NAME TYPE}, and answers each in a line.
   */
  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (DnsClient client = new DnsClient(new InetSocketAddress(args[0], 53))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        Message question = question(words[1], Type.value(words[2]));
        try {
          boolean tcp = words[0].equals("tcp");
          System.out.println(
              brief(tcp ? client.tcp(List.of(question)).getFirst() : client.udp(question)));
        } catch (IOException e) {
          System.out.println(e);
        }
      }
    }
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
    answer.getSection(Section.ANSWER).stream()
        .map(Record::rdataToString)
        .sorted()
        .forEach(data -> text.append(' ').append(data));
    return text.toString();
  }

  Message udp(Message query) throws IOException {
    return udp(List.of(query)).getFirst();
  }

  /** Asks all at once, with different ids; answers come in the order of the questions. */
  List<Message> udp(List<Message> queries) throws IOException {
    for (Message query : queries) {
      byte[] wire = query.toWire();
      udp.send(new DatagramPacket(wire, wire.length));
    }
    Map<Integer, Message> answers = new HashMap<>();
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    while (answers.size() < queries.size()) {
      packet.setLength(buffer.length);
      udp.receive(packet);
      take(queries, Arrays.copyOf(buffer, packet.getLength()), answers);
    }
    return inOrder(queries, answers);
  }

  /** The same in one TCP connection, whose answers come in any order. */
  List<Message> tcp(List<Message> queries) throws IOException {
    if (asked + queries.size() > MOST_OVER_TCP || !tcp.isConnected()) {
      tcp.close();
      tcp = new Socket();
      tcp.setSoTimeout(TIMEOUT_MILLIS);
      tcp.setTcpNoDelay(true);
      tcp.connect(server, TIMEOUT_MILLIS);
      asked = 0;
    }
    asked += queries.size();
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (Message query : queries) {
      byte[] wire = query.toWire();
      frames.write(wire.length >>> 8);
      frames.write(wire.length);
      frames.writeBytes(wire);
    }
    tcp.getOutputStream().write(frames.toByteArray());
    Map<Integer, Message> answers = new HashMap<>();
    DataInputStream in = new DataInputStream(new BufferedInputStream(tcp.getInputStream()));
    while (answers.size() < queries.size()) {
      byte[] wire = new byte[in.readUnsignedShort()];
      in.readFully(wire);
      take(queries, wire, answers);
    }
    return inOrder(queries, answers);
  }

  private static void take(List<Message> queries, byte[] wire, Map<Integer, Message> answers)
      throws IOException {
    Message answer = new Message(wire);
    int id = answer.getHeader().getID();
    if (queries.stream().anyMatch(query -> query.getHeader().getID() == id)) {
      answers.put(id, answer);
    }
  }

  private static List<Message> inOrder(List<Message> queries, Map<Integer, Message> answers) {
    return queries.stream()
        .map(query -> Objects.requireNonNull(answers.get(query.getHeader().getID())))
        .toList();
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
