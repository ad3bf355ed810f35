// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A daemon is replaced by another process while clients go on: the successor starts, then the
 * predecessor leaves. Twice, so that the second one is a successor and then a predecessor.
 */
class RestartIT {
  private static final String VIP = "127.96.9.10";
  private static final String BACKEND = "127.64.9.1";
  private static final int CLIENTS = 6;
  private static final int RESTARTS = 2;
  private static final int CALLS = 60;

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> clients = new ArrayList<>();
  private final List<ProxierProcess> processes = new ArrayList<>();
  private final TcpBackend tcp = TcpBackend.named(BACKEND, ports.get(1));
  private final UdpBackend udp = udp();

  private UdpBackend udp() {
    try {
      return new UdpBackend(BACKEND, ports.get(2));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void canShareAddresses() {
    Skip.unless(Transport.available() == Transport.EPOLL, "no epoll here");
  }

  @AfterEach
  void close() throws Exception {
    stop.set(true);
    for (Thread client : clients) {
      client.join();
    }
    for (ProxierProcess process : processes) {
      process.close();
    }
    tcp.close();
    udp.close();
  }

  @Test
  void newConnections_goToTheSuccessor_andNoneIsLost() throws Exception {
    ProxierProcess current = start();
    startClients(this::connectAnew);
    awaitServed();
    for (int restart = 0; restart < RESTARTS; restart++) {
      ProxierProcess successor = start();
      awaitServed();
      long before = current.accepted();
      awaitServed();
      assertThat(current.accepted()).isEqualTo(before);
      current.leave();
      assertThat(current.hasLeft()).isTrue();
      awaitServed();
      assertThat(successor.accepted()).isPositive();
      current = successor;
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void openConnections_stayWithThePredecessor_whichWaitsForThem() throws Exception {
    ProxierProcess current = start();
    for (int restart = 0; restart < RESTARTS; restart++) {
      List<TcpClient> kept = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        kept.add(new TcpClient(at(VIP, port)));
        assertThat(kept.get(i).readLine()).isEqualTo(BACKEND);
      }
      ProxierProcess successor = start();
      current.leave();
      for (int round = 0; round < CALLS; round++) {
        assertThat(TcpClient.nameAt(at(VIP, port))).isEqualTo(BACKEND);
        for (TcpClient client : kept) {
          client.send("ping " + round + "\n");
          assertThat(client.readLine()).isEqualTo("ping " + round);
        }
      }
      assertThat(current.isAlive()).isTrue();
      for (TcpClient client : kept) {
        client.close();
      }
      assertThat(current.hasLeft()).isTrue();
      assertThat(successor.accepted()).isEqualTo(CALLS);
      current = successor;
    }
  }

  @Test
  void datagrams_goToTheSuccessor_andNoneIsLost() throws Exception {
    ProxierProcess current = start();
    startClients(this::askFromOneSocket);
    awaitServed();
    for (int restart = 0; restart < RESTARTS; restart++) {
      ProxierProcess successor = start();
      awaitServed();
      assertThat(successor.flows()).isEqualTo(CLIENTS);
      current.leave();
      assertThat(current.hasLeft()).isTrue();
      awaitServed();
      assertThat(successor.flows()).isEqualTo(CLIENTS);
      current = successor;
    }
    assertThat(failures).isEmpty();
  }

  private ProxierProcess start() throws IOException {
    ProxierProcess process =
        new ProxierProcess(
            List.of(),
            new ProxierProcess.Setup(VIP, port, BACKEND, ports.get(1), ports.get(2), 200));
    processes.add(process);
    return process;
  }

  private void startClients(Client client) {
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.run();
                } catch (IOException e) {
                  failures.add(e.toString());
                }
              }));
    }
  }

  private interface Client {
    void run() throws IOException;
  }

  private void connectAnew() throws IOException {
    while (!stop.get()) {
      try (TcpClient client = new TcpClient(at(VIP, port)).leavingNoTrace()) {
        String name = client.readLine();
        client.send("ping\n");
        String echo = client.readLine();
        count(name + " " + echo, BACKEND + " ping");
      }
    }
  }

  private void askFromOneSocket() throws IOException {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0))) {
      socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
      socket.connect(at(VIP, port));
      for (int i = 0; !stop.get(); i++) {
        count(UdpBackend.ask(socket, "" + i), BACKEND + " " + i);
      }
    }
  }

  private void count(String answer, String expected) {
    if (answer.equals(expected)) {
      served.incrementAndGet();
    } else {
      failures.add(answer);
    }
  }

  /** Waits until clients were served some more times. */
  private void awaitServed() {
    int goal = served.get() + CALLS;
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (served.get() < goal && failures.isEmpty() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(failures).isEmpty();
    assertThat(served).hasValueGreaterThanOrEqualTo(goal);
  }
}
