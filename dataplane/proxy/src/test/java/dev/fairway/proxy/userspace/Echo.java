// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

/** A server that echoes for any number of connections in one thread. */
final class Echo implements AutoCloseable {
  private final Selector selector = Selector.open();
  private final ServerSocketChannel server = ServerSocketChannel.open();

  Echo(String address, int port) throws IOException {
    server.configureBlocking(false);
    server.bind(new InetSocketAddress(InetAddress.getByName(address), port), 4096);
    server.register(selector, SelectionKey.OP_ACCEPT);
    Thread.ofPlatform().daemon().start(this::run);
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocate(1024);
    try {
      while (true) {
        selector.select(key -> serve(key, buffer));
      }
    } catch (IOException | ClosedSelectorException _) {
      // Closed at the end of the test.
    }
  }

  private void serve(SelectionKey key, ByteBuffer buffer) {
    if (key.channel() instanceof SocketChannel channel) {
      echo(channel, buffer);
      return;
    }
    try {
      SocketChannel accepted = server.accept();
      if (accepted != null) {
        accepted.configureBlocking(false);
        accepted.register(selector, SelectionKey.OP_READ);
      }
    } catch (IOException _) {
      // The client is gone already.
    }
  }

  private static void echo(SocketChannel channel, ByteBuffer buffer) {
    buffer.clear();
    try {
      if (channel.read(buffer) >= 0) {
        channel.write(buffer.flip());
        return;
      }
    } catch (IOException _) {
      // The client was reset.
    }
    try {
      channel.close();
    } catch (IOException _) {
      // It is closed all the same.
    }
  }

  @Override
  public void close() throws IOException {
    List<SelectionKey> keys = List.copyOf(selector.keys());
    selector.close();
    for (SelectionKey key : keys) {
      key.channel().close();
    }
  }
}
