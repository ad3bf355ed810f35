// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * TCP clients without sockets: each has an address of its own in 10.50.0.0/16, and all there is of
 * it is what one packet socket sends. So tens of thousands can begin a connection, or complete it,
 * and never be heard of again. A process for a network namespace in which nobody has these
 * addresses.
 *
 * <p>It reads commands, one a line, and says {@code done} after each: {@code begin N} sends a SYN
 * for each of the next N clients and ignores the answers; {@code connect N} completes the
 * handshakes of the next N, after which nothing is to begin any more; {@code reset} ends all of
 * them; {@code refused} says how many were reset by the other side.
 */
final class RawClients {
  private static final int NETWORK = 10 << 24 | 50 << 16;
  private static final int MAX = 65_000;
  private static final int FIRST_PORT = 2_000;
  private static final int HEADERS = 40;
  private static final int FIN_RST_SYN_ACK = 0x17;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;
  private static final int SYN_ACK = SYN | ACK;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int AF_PACKET = 17;
  private static final int SOCK_DGRAM = 2;
  private static final short ETHERTYPE_IP = 0x0800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int RECEIVE_BUFFER = 64 << 20;

  private enum State {
    NEW,
    BEGUN,
    CONNECTED,
    REFUSED
  }

  private final int server;
  private final int serverPort;
  private final PacketSocket out;
  private final State[] states = new State[MAX];
  private int next;
  private int connected;
  private int refused;
  private int firstToComplete = MAX;

  private RawClients(String server, int port, PacketSocket out) throws IOException {
    this.server = ByteBuffer.wrap(InetAddress.getByName(server).getAddress()).getInt();
    this.serverPort = port;
    this.out = out;
    Arrays.fill(states, State.NEW);
  }

  /** Arguments: the server's address and port, and the hardware address at the link's other end. */
  public static void main(String[] args) throws Exception {
    PacketSocket in = new PacketSocket(args[2]);
    RawClients clients =
        new RawClients(args[0], Integer.parseInt(args[1]), new PacketSocket(args[2]));
    Thread.ofPlatform().daemon().start(() -> clients.listen(in));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out.println("ready");
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "begin" -> clients.begin(Integer.parseInt(words[1]));
        case "connect" -> clients.connect(Integer.parseInt(words[1]));
        case "reset" -> clients.reset();
        case "refused" -> out.println(clients.refused());
        default -> throw new IllegalArgumentException(line);
      }
      out.println("done");
    }
  }

  private synchronized int refused() {
    return refused;
  }

  private synchronized void begin(int count) {
    for (int end = next + count; next < end; next++) {
      beginOne(next);
    }
  }

  private void beginOne(int client) {
    states[client] = State.BEGUN;
    send(client, SYN, sequence(client), 0);
  }

  private synchronized void connect(int count) throws InterruptedException {
    int from = next;
    firstToComplete = Math.min(firstToComplete, from);
    int wanted = connected + count;
    next += count;
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (connected < wanted) {
      for (int client = from; client < next; client++) {
        if (states[client] == State.NEW || states[client] == State.BEGUN) {
          beginOne(client);
        }
      }
      long again = System.nanoTime() + AGAIN_NANOS;
      for (long left = AGAIN_NANOS; connected < wanted && left > 0; ) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = again - System.nanoTime();
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("only " + connected + " of " + wanted + " connected");
      }
    }
  }

  private synchronized void reset() {
    for (int client = 0; client < next; client++) {
      if (states[client] == State.CONNECTED) {
        send(client, RST, sequence(client) + 1, 0);
      }
    }
  }

  private void listen(PacketSocket in) {
    while (true) {
      ByteBuffer packet = in.receive();
      if (packet.remaining() >= HEADERS
          && packet.get(9) == 6
          && packet.getInt(12) == server
          && Short.toUnsignedInt(packet.getShort(20)) == serverPort) {
        onPacket(packet.getInt(16) - NETWORK - 1, packet.get(33) & FIN_RST_SYN_ACK, packet);
      }
    }
  }

  private synchronized void onPacket(int client, int flags, ByteBuffer packet) {
    if (client < 0 || client >= MAX) {
      return;
    }
    if (flags == SYN_ACK && client >= firstToComplete) {
      send(client, ACK, sequence(client) + 1, packet.getInt(24) + 1);
      if (states[client] == State.BEGUN) {
        states[client] = State.CONNECTED;
        connected++;
        notifyAll();
      }
    } else if ((flags & RST) != 0 && states[client] == State.CONNECTED) {
      states[client] = State.REFUSED;
      refused++;
    }
  }

  private static int sequence(int client) {
    return client * 0x9e37_79b9;
  }

  private void send(int client, int flags, int sequence, int acknowledged) {
    ByteBuffer packet = ByteBuffer.allocate(HEADERS);
    int source = NETWORK + 1 + client;
    packet.putShort((short) 0x4500).putShort((short) HEADERS).putInt(0);
    packet.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(source).putInt(server);
    packet.putShort(10, checksum(packet, 0, 20, 0));
    packet.putShort((short) (FIRST_PORT + client % 60_000)).putShort((short) serverPort);
    packet.putInt(sequence).putInt(acknowledged);
    packet.put((byte) 0x50).put((byte) flags).putShort((short) 65_535).putInt(0);
    // The pseudo header: both addresses, the protocol and the length.
    packet.putShort(36, checksum(packet, 12, HEADERS, 6 + 20));
    out.send(packet.flip());
  }

  private static short checksum(ByteBuffer packet, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i += 2) {
      sum += Short.toUnsignedInt(packet.getShort(i));
    }
    sum = (sum >>> 16) + (sum & 0xffff);
    sum += sum >>> 16;
    return (short) ~sum;
  }

  /** IP packets on eth0, without what comes before them on the link. For one thread. */
  private static final class PacketSocket {
    private static final MethodHandle SOCKET = function("socket", 3, "iii");
    private static final MethodHandle BIND = function("bind", 3, "ipi");
    private static final MethodHandle SETSOCKOPT = function("setsockopt", 5, "iiipi");
    private static final MethodHandle SENDTO = function("sendto", 6, "iplipi");
    private static final MethodHandle RECV = function("recv", 4, "ipli");
    private static final int LINK_ADDRESS = 20;
    private static final int BUFFER = 2048;

    private final int descriptor;
    private final MemorySegment peer = Arena.global().allocate(LINK_ADDRESS, 8);
    private final MemorySegment buffer = Arena.global().allocate(BUFFER, 8);

    PacketSocket(String hardwareAddress) throws IOException {
      ByteBuffer address = peer.asByteBuffer().order(ByteOrder.nativeOrder());
      address.putShort((short) AF_PACKET).putShort(Short.reverseBytes(ETHERTYPE_IP));
      address.putInt(NetworkInterface.getByName("eth0").getIndex());
      address.putShort((short) 0).put((byte) 0).put((byte) 6);
      address.put(HexFormat.ofDelimiter(":").parseHex(hardwareAddress));
      descriptor =
          (int) call(SOCKET, AF_PACKET, SOCK_DGRAM, (int) Short.reverseBytes(ETHERTYPE_IP));
      check(call(BIND, descriptor, peer, LINK_ADDRESS), "bind");
      buffer.set(ValueLayout.JAVA_INT, 0, RECEIVE_BUFFER);
      check(call(SETSOCKOPT, descriptor, SOL_SOCKET, SO_RCVBUFFORCE, buffer, 4), "setsockopt");
    }

    void send(ByteBuffer packet) {
      MemorySegment.copy(packet.array(), 0, buffer, ValueLayout.JAVA_BYTE, 0, packet.remaining());
      call(SENDTO, descriptor, buffer, (long) packet.remaining(), 0, peer, LINK_ADDRESS);
    }

    /** Waits for one. */
    ByteBuffer receive() {
      long count = call(RECV, descriptor, buffer, (long) BUFFER, 0);
      return buffer.asSlice(0, Math.max(0, count)).asByteBuffer();
    }

    private static void check(long result, String what) throws IOException {
      if (result < 0) {
        throw new IOException(what + " of a packet socket failed");
      }
    }

    /** A function of the C library; its parameters are ints, longs and pointers. */
    private static MethodHandle function(String name, int count, String parameters) {
      ValueLayout[] layouts = new ValueLayout[count];
      for (int i = 0; i < count; i++) {
        layouts[i] =
            switch (parameters.charAt(i)) {
              case 'i' -> ValueLayout.JAVA_INT;
              case 'l' -> ValueLayout.JAVA_LONG;
              default -> ValueLayout.ADDRESS;
            };
      }
      boolean small = name.equals("socket") || name.equals("bind") || name.equals("setsockopt");
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(small ? ValueLayout.JAVA_INT : ValueLayout.JAVA_LONG, layouts));
    }

    private static long call(MethodHandle function, Object... arguments) {
      try {
        return ((Number) function.invokeWithArguments(arguments)).longValue();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
