// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.testing.Skip;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams in and out, as clients with plain sockets see them. */
class BatchSocketIT {
  private final List<BatchSocket> sockets = new ArrayList<>();
  private MultiThreadIoEventLoopGroup group;

  @BeforeEach
  void start() {
    Skip.unless(Epoll.isAvailable() && BatchLoop.available(), "only Linux has recvmmsg");
    group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterEach
  void stop() {
    sockets.forEach(BatchSocket::close);
    if (group != null) {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /** Answers with a name, the message and the client's address; some messages differ. */
  private static final class Echo implements DatagramHandler {
    private final String name;
    private final Executor loop;
    private byte[] response = {};
    private String last = "";

    Echo(String name, Executor loop) {
      this.name = name;
      this.loop = loop;
    }

    @Override
    public int handle(byte[] message, int length, long clientHigh, long clientLow) {
      last = new String(message, 0, length, StandardCharsets.US_ASCII);
      if (last.equals("fail")) {
        throw new IllegalStateException("as the test wants it");
      }
      if (last.equals("silence")) {
        return 0;
      }
      if (last.startsWith("later")) {
        return -1;
      }
      response =
          answer(last + " " + Long.toHexString(clientHigh) + ":" + Long.toHexString(clientLow));
      return response.length;
    }

    private byte[] answer(String text) {
      return (name + " " + text).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] response() {
      return response;
    }

    @Override
    public void resolve(Reply reply) {
      byte[] late = answer(last);
      Thread.ofVirtual().start(() -> loop.execute(() -> reply.send(late, late.length)));
    }
  }

  private BatchSocket bind(String name, InetSocketAddress address) throws IOException {
    IoEventLoop loop = group.next();
    BatchLoop batches = new BatchLoop(new Echo(name, loop), new DnsMetrics(), 512, 512);
    BatchSocket socket = BatchSocket.bind(address, 1 << 20, loop, batches);
    sockets.add(socket);
    return socket;
  }

  private static InetSocketAddress at(String host, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  /** Connected, so it hears only what comes from the address that it asks. */
  private static DatagramSocket client(InetSocketAddress server) throws IOException {
    DatagramSocket client = new DatagramSocket();
    client.setSoTimeout(10_000);
    client.connect(server);
    return client;
  }

  private static void send(DatagramSocket client, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    client.send(new DatagramPacket(bytes, bytes.length));
  }

  private static String receive(DatagramSocket client) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[512], 512);
    client.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
  }

  @ParameterizedTest(name = "bound to {0}, asked at {1}")
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 0:ffff7f000001",
    "0.0.0.0, 127.0.0.1, 0:ffff7f000001",
    "0.0.0.0, 127.64.3.2, 0:ffff7f",
    "::1, ::1, 0:1",
    "::, ::1, 0:1",
    "::, 127.64.3.2, 0:ffff7f",
  })
  void answer_comesFromTheAddressThatWasAsked(String bound, String asked, String client)
      throws Exception {
    BatchSocket socket = bind("a", at(bound, 0));
    try (DatagramSocket asking = client(at(asked, socket.address().getPort()))) {
      send(asking, "now");
      assertThat(receive(asking)).startsWith("a now " + client);
      send(asking, "later");
      assertThat(receive(asking)).isEqualTo("a later");
    }
  }

  @Test
  void burst_isAnsweredInFullWhateverIsInIt() throws Exception {
    BatchSocket socket = bind("a", at("127.0.0.1", 0));
    Set<String> open = new HashSet<>();
    try (DatagramSocket client = client(socket.address());
        DatagramSocket other = client(socket.address())) {
      for (int i = 0; i < 300; i++) {
        send(other, i % 3 == 0 ? "fail" : i % 3 == 1 ? "silence" : "");
        String text = (i % 7 == 0 ? "later " : "now ") + i + " ";
        send(client, text);
        open.add(text.strip());
      }
      while (!open.isEmpty()) {
        String[] words = receive(client).split(" ");
        assertThat(open.remove(words[1] + " " + words[2])).isTrue();
      }
    }
  }

  @Test
  void response_thatIsTooLongIsNotSent() throws Exception {
    BatchSocket socket = bind("a", at("127.0.0.1", 0));
    try (DatagramSocket client = client(socket.address())) {
      // What is read of it leaves no room for the name in the response.
      send(client, "x".repeat(2000));
      send(client, "short");
      assertThat(receive(client)).startsWith("a short");
    }
  }

  @Test
  void retiredSocket_leavesNewClientsToTheOthersOfItsAddress() throws Exception {
    BatchSocket old = bind("old", at("127.0.0.1", 0));
    try (DatagramSocket client = client(old.address())) {
      send(client, "now");
      assertThat(receive(client)).startsWith("old now");
    }
    BatchSocket successor = bind("new", old.address());
    assertThat(successor.address()).isEqualTo(old.address());
    old.retire(Duration.ZERO).join();
    awaitLoops();
    for (int i = 0; i < 64; i++) {
      try (DatagramSocket client = client(old.address())) {
        send(client, "now");
        assertThat(receive(client)).startsWith("new now");
      }
    }
  }

  @Test
  void closedSocket_answersWhatWaitsAndThenNothing() throws Exception {
    BatchSocket socket = bind("a", at("127.0.0.1", 0));
    try (DatagramSocket client = client(socket.address())) {
      CompletableFuture<Void> busy = new CompletableFuture<>();
      group.next().execute(busy::join);
      send(client, "now");
      socket.close();
      busy.complete(null);
      assertThat(receive(client)).startsWith("a now");
      awaitLoops();
      client.setSoTimeout(100);
      try {
        send(client, "now");
        assertThat(receive(client)).isNull();
      } catch (SocketTimeoutException | java.net.PortUnreachableException e) {
        assertThat(e).isNotNull();
      }
    }
  }

  private void awaitLoops() throws Exception {
    group.next().submit(() -> {}).sync();
  }
}
