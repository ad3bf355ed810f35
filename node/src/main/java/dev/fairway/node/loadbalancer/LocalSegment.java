// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The networks of this machine through packet sockets, each with a thread that receives. Groups are
 * changed by one thread; the rest is thread-safe.
 */
final class LocalSegment implements Segment {
  private static final System.Logger LOG = System.getLogger(LocalSegment.class.getName());

  /** Answers what is received. */
  interface Responder {
    /** The frame that goes back on the interface with that index; null for none. */
    byte @Nullable [] respond(ByteBuffer frame, int index);
  }

  private final PacketSocket arp;
  private final PacketSocket neighbours;
  private final @Nullable DatagramChannel listener;
  private final Map<Group, MembershipKey> joined = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Opens the sockets.
   *
   * @throws IOException if this process may not
   */
  LocalSegment() throws IOException {
    arp = new PacketSocket(Frames.ARP);
    try {
      neighbours = new PacketSocket(Frames.IPV6);
    } catch (IOException e) {
      arp.close();
      throw e;
    }
    listener = listener();
  }

  /** Only memberships are wanted of it; null where the machine has no IPv6. */
  private static @Nullable DatagramChannel listener() {
    try {
      return DatagramChannel.open(StandardProtocolFamily.INET6);
    } catch (IOException | UnsupportedOperationException _) {
      return null;
    }
  }

  /** Starts to answer. */
  void start(Responder responder) {
    threads.add(receiver("load-balancer-arp", arp, responder));
    threads.add(receiver("load-balancer-nd", neighbours, responder));
  }

  private Thread receiver(String name, PacketSocket socket, Responder responder) {
    // Waits in the kernel: a virtual thread would hold a carrier.
    return Thread.ofPlatform().daemon().name(name).start(() -> run(socket, responder));
  }

  private void run(PacketSocket socket, Responder responder) {
    PacketSocket.Receiver receiver =
        (frame, index) -> {
          byte[] answer = responder.respond(frame, index);
          if (answer != null) {
            socket.send(index, answer);
          }
        };
    String last = "";
    while (!closed) {
      try {
        socket.receive(receiver);
      } catch (IOException e) {
        if (!last.equals(e.getMessage())) {
          last = String.valueOf(e.getMessage());
          LOG.log(System.Logger.Level.WARNING, "an answer was not sent: {0}", last);
        }
      }
    }
  }

  @Override
  public void send(Device device, byte[] frame) throws IOException {
    boolean isArp = frame[12] == (byte) (Frames.ARP >>> 8) && frame[13] == (byte) Frames.ARP;
    (isArp ? arp : neighbours).send(device.index(), frame);
  }

  @Override
  public void listenTo(Set<Group> groups) {
    if (listener == null) {
      return;
    }
    for (Iterator<Map.Entry<Group, MembershipKey>> all = joined.entrySet().iterator();
        all.hasNext(); ) {
      Map.Entry<Group, MembershipKey> entry = all.next();
      if (!groups.contains(entry.getKey())) {
        entry.getValue().drop();
        all.remove();
      }
    }
    for (Group group : groups) {
      if (!joined.containsKey(group)) {
        join(listener, group);
      }
    }
  }

  private void join(DatagramChannel channel, Group group) {
    try {
      NetworkInterface device = NetworkInterface.getByIndex(group.device().index());
      if (device != null) {
        InetAddress address = InetAddress.getByAddress(group.address().toBytes());
        joined.put(group, channel.join(address, device));
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "neighbours may not find addresses of this node: group {0} on {1}: {2}",
          group.address(),
          group.device().name(),
          e.getMessage());
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      if (listener != null) {
        listener.close();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    arp.close();
    neighbours.close();
  }
}
