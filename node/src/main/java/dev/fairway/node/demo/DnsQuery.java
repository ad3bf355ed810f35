// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One DNS question over UDP and what the answer section says, as text. */
public final class DnsQuery {
  /** Record types of the demo. */
  public enum Type {
    A(1),
    AAAA(28),
    CNAME(5),
    SRV(33);

    private final int code;

    Type(int code) {
      this.code = code;
    }
  }

  private static final int TIMEOUT_MILLIS = 1000;

  private DnsQuery() {}

  /**
   * Asks a server.
   *
   * @return the data of the answer's records of the type
   * @throws IOException if there is no answer, or one with an error code
   */
  static List<String> ask(InetSocketAddress server, String name, Type type) throws IOException {
    byte[] question = question(name, type);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(server);
      socket.send(new DatagramPacket(question, question.length));
      DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
      socket.receive(answer);
      return read(ByteBuffer.wrap(answer.getData(), 0, answer.getLength()).slice(), type);
    }
  }

  /** The message that asks for one type of records of a name. */
  public static byte[] question(String name, Type type) {
    ByteBuffer out = ByteBuffer.allocate(name.length() + 18);
    out.putShort((short) 0x4657).putShort((short) 0x0100).putShort((short) 1);
    out.putShort((short) 0).putInt(0);
    for (String label : name.split("\\.")) {
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      out.put((byte) bytes.length).put(bytes);
    }
    out.put((byte) 0).putShort((short) type.code).putShort((short) 1);
    return out.array();
  }

  /** The data of the answer's records of the type. */
  public static List<String> read(ByteBuffer in, Type type) throws IOException {
    int rcode = in.getShort(2) & 15;
    if (rcode != 0) {
      throw new IOException("answer code " + rcode);
    }
    int questions = in.getShort(4);
    int answers = in.getShort(6);
    in.position(12);
    for (int i = 0; i < questions; i++) {
      name(in);
      in.position(in.position() + 4);
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < answers; i++) {
      name(in);
      int found = in.getShort();
      in.position(in.position() + 6);
      int length = in.getShort();
      int end = in.position() + length;
      if (found == type.code) {
        all.add(data(in, type));
      }
      in.position(end);
    }
    return all;
  }

  private static String data(ByteBuffer in, Type type) throws IOException {
    return switch (type) {
      case A, AAAA -> {
        byte[] address = new byte[type == Type.A ? 4 : 16];
        in.get(address);
        yield InetAddress.getByAddress(address).getHostAddress();
      }
      case CNAME -> name(in);
      case SRV -> {
        in.position(in.position() + 4);
        int port = in.getShort() & 0xffff;
        yield name(in) + ":" + port;
      }
    };
  }

  /** Reads a name at the position, which is behind it afterwards. */
  private static String name(ByteBuffer in) {
    StringBuilder name = new StringBuilder();
    int after = -1;
    while (true) {
      int length = in.get() & 0xff;
      if (length == 0) {
        break;
      }
      if (length >= 192) {
        int target = (length & 63) << 8 | (in.get() & 0xff);
        after = after < 0 ? in.position() : after;
        in.position(target);
        continue;
      }
      byte[] label = new byte[length];
      in.get(label);
      name.append(new String(label, StandardCharsets.US_ASCII)).append('.');
    }
    if (after >= 0) {
      in.position(after);
    }
    return name.isEmpty() ? "." : name.substring(0, name.length() - 1);
  }
}
