// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An upstream that answers every A question with 192.0.2.1, but not before it is released. */
final class HeldUpstream implements AutoCloseable {
  private final DatagramSocket socket;
  private final CountDownLatch released = new CountDownLatch(1);

  HeldUpstream() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::serve);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** Answers what was asked, and from now on at once. */
  void release() {
    released.countDown();
  }

  private void serve() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        socket.receive(packet);
        Thread.ofVirtual().start(() -> answer(packet));
      }
    } catch (IOException e) {
      // closed
      return;
    }
  }

  private void answer(DatagramPacket packet) {
    try {
      Message message = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
      Name name = message.getQuestion().getName();
      if (message.getQuestion().getType() == Type.A) {
        released.await();
        message.addRecord(
            Record.fromString(name, Type.A, DClass.IN, 60, "192.0.2.1", Name.root), Section.ANSWER);
      }
      message.getHeader().setFlag(Flags.QR);
      byte[] wire = message.toWire();
      socket.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
    } catch (IOException | InterruptedException e) {
      // closed
      return;
    }
  }

  @Override
  public void close() {
    released.countDown();
    socket.close();
  }
}
