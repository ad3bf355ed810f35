// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fairway.ingress.upstream.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who serves the connections to one port. */
@ParameterizedClass(name = "{0}")
@EnumSource(Transport.class)
class ServerSocketsIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final int LOOPS = 3;

  @Parameter Transport transport = Transport.best();
  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
  private final List<Socket> clients = new ArrayList<>();
  private EventLoopGroup loops;

  @BeforeEach
  void start() {
    assumeTrue(transport.isAvailable(), transport + " is not available here");
    loops = transport.newLoops(LOOPS, "sockets");
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void connectionsAreSpreadOverTheLoops() throws Exception {
    ServerSockets sockets = listen(ANY);
    Collection<Integer> each = countByLoop(connect(sockets.address(), 60));
    assertThat(each).hasSize(LOOPS).allMatch(count -> count >= 60 / LOOPS - 6);
    sockets.close();
  }

  @Test
  void connectionsThatEndedDoNotCount() throws Exception {
    ServerSockets sockets = listen(ANY);
    for (Channel channel : connect(sockets.address(), 30)) {
      channel.close().sync();
    }
    Collection<Integer> each = countByLoop(connect(sockets.address(), 30));
    assertThat(each).hasSize(LOOPS).allMatch(count -> count >= 30 / LOOPS - 6);
    sockets.close();
  }

  @Test
  void portThatAnotherListensOnIsRefused() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress taken = (InetSocketAddress) other.getLocalSocketAddress();
      assertThatThrownBy(() -> listen(taken))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot listen on")
          .hasMessageContaining(Integer.toString(taken.getPort()));
    }
  }

  @Test
  void portOfOursIsNotSharedWithAnotherOfOurs() throws Exception {
    ServerSockets first = listen(ANY);
    InetSocketAddress taken = first.address();
    assertThatThrownBy(() -> listen(taken)).isInstanceOf(IOException.class);
    first.close();
    assertThat(isRefusedSoon(taken)).isTrue();
    listen(taken).close();
  }

  @Test
  void closedSocketsLeaveOpenConnectionsAlone() throws Exception {
    ServerSockets sockets = listen(ANY);
    InetSocketAddress address = sockets.address();
    Channel open = connect(address, 1).getFirst();
    sockets.close();
    assertThat(open.isActive()).isTrue();
    assertThat(isRefusedSoon(address)).isTrue();
  }

  /** A Gateway whose listener comes back at once must not meet itself. */
  @Test
  void closedPortCanBeListenedOnAtOnce() throws Exception {
    assumeTrue(transport != Transport.NIO, "NIO gives the port back when its loop selects");
    ServerSockets sockets = listen(ANY);
    InetSocketAddress address = sockets.address();
    for (int i = 0; i < 100; i++) {
      connect(address, 1);
      sockets.close();
      try (ServerSocket other = new ServerSocket()) {
        other.bind(address);
      }
      sockets = listen(address);
    }
    sockets.close();
  }

  /** NIO gives the port back when its loop selects the next time. */
  private static boolean isRefusedSoon(InetSocketAddress address) throws IOException {
    for (int i = 0; i < 2_000; i++) {
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        LockSupport.parkNanos(10_000_000);
      } catch (ConnectException refused) {
        return true;
      }
    }
    return false;
  }

  private static Collection<Integer> countByLoop(List<Channel> channels) {
    Map<EventLoop, Integer> each = new HashMap<>();
    channels.forEach(channel -> each.merge(channel.eventLoop(), 1, Integer::sum));
    return each.values();
  }

  private ServerSockets listen(InetSocketAddress address) throws IOException {
    ChannelInitializer<Channel> accept =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            accepted.add(channel);
          }
        };
    return ServerSockets.listen(address, loops, transport, accept);
  }

  private List<Channel> connect(InetSocketAddress address, int count) throws Exception {
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(new Socket(address.getAddress(), address.getPort()));
      channels.add(accepted.poll(20, TimeUnit.SECONDS));
    }
    return channels;
  }
}
