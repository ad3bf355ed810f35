// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.server.ServerOptions;
import dev.fairway.testing.Jvm;
import dev.fairway.testing.Skip;
import io.netty.channel.epoll.Epoll;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** One process after the other serves the same address while clients ask without a pause. */
class HandOverIT {
  private static final int CLIENTS = 8;
  private static final int SUCCESSORS = 2;

  /** A server in a process of its own, until its input ends. */
  public static final class Child {
    private Child() {}

    /** Serves at the port that it is told, 0 for any, and prints it. */
    public static void main(String[] args) throws Exception {
      DnsServer server =
          new DnsServer(
              DnsOptions.of(loopback(Integer.parseInt(args[0])), "cluster.local")
                  .withServer(ServerOptions.defaults().withSharedAddress(true)));
      server.onSnapshot(TestServers.web().step());
      server.listen(DnsServer.LOG_EVENTS);
      System.out.println("port " + server.address().getPort());
      int end = System.in.read();
      server.retire(Duration.ofSeconds(1));
      server.close();
      System.exit(end < 0 ? 0 : 1);
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private record Server(Process process, int port) {
    static Server start(int port) throws IOException {
      Process process =
          new ProcessBuilder(Jvm.command(Child.class, Integer.toString(port)))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith("port ")) {
          return new Server(process, Integer.parseInt(line.substring(5)));
        }
      }
      throw new IOException("the server ended with " + process.exitValue());
    }

    void end() throws IOException, InterruptedException {
      process.getOutputStream().close();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
  }

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger answers = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();

  @Test
  @Timeout(120)
  void successorTakesOver_withoutALostQuery() throws Exception {
    Skip.unless(Epoll.isAvailable(), "only Linux has SO_REUSEPORT for this");
    Server server = Server.start(0);
    List<Thread> clients = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        boolean tcp = i % 4 == 0;
        InetSocketAddress address = loopback(server.port);
        clients.add(Thread.ofPlatform().start(() -> ask(address, tcp)));
      }
      for (int i = 0; i < SUCCESSORS; i++) {
        awaitMoreAnswers();
        Server successor = Server.start(server.port);
        awaitMoreAnswers();
        server.end();
        server = successor;
      }
      awaitMoreAnswers();
    } finally {
      over.set(true);
      for (Thread client : clients) {
        client.join();
      }
      server.process.destroy();
      server.process.waitFor();
    }
    assertThat(lost).isEmpty();
  }

  private void awaitMoreAnswers() {
    int enough = answers.get() + 50 * CLIENTS;
    while (answers.get() < enough && lost.isEmpty()) {
      Thread.onSpinWait();
    }
  }

  /** One query after the other, each from a port of its own, none of them repeated. */
  private void ask(InetSocketAddress server, boolean tcp) {
    while (!over.get()) {
      try {
        Message query = TestClient.question("web.default.svc.cluster.local. A");
        Message response;
        if (tcp) {
          try (Socket socket = TestClient.connect(server)) {
            TestClient.send(socket, TestClient.framed(query));
            response = TestClient.receive(socket);
          }
        } else {
          response = TestClient.udp(server, query);
        }
        if (response.getSection(Section.ANSWER).size() != 1) {
          lost.add(response.toString());
        }
        answers.incrementAndGet();
      } catch (IOException e) {
        lost.add((tcp ? "TCP: " : "UDP: ") + e);
      }
    }
  }
}
