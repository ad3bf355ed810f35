// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A proxier takes the addresses of another one over while clients keep coming. */
class HandOverIT {
  private static final String VIP = "127.96.6.10";
  private static final String BACKEND = "127.64.6.1";
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 4;

  private final List<Integer> ports = freePorts(2);
  private final int port = ports.get(0);
  private final int backendPort = ports.get(1);
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicBoolean stop = new AtomicBoolean();

  private Rig rig() {
    Rig rig = new Rig(Rig.options().withHandOver(Duration.ofMillis(200)));
    ServiceSettingsBuilder web =
        ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", port);
    rig.publish(web, tcp(backendPort, ready(BACKEND)));
    return rig;
  }

  @Test
  void noConnectionIsLost_andTheSuccessorGetsAllNewOnes() throws Exception {
    Skip.unless(Transport.available() == Transport.EPOLL, "no epoll here");
    try (TcpBackend backend = TcpBackend.named(BACKEND, backendPort)) {
      Rig current = rig();
      TcpClient old = new TcpClient(at(VIP, port));
      assertThat(old.readLine()).isEqualTo(BACKEND);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofVirtual().start(this::call));
      }
      for (int round = 0; round < ROUNDS; round++) {
        Rig successor = rig();
        awaitServed(served.get() + 100);
        long before = current.metrics.tcpAccepted.sum();
        awaitServed(served.get() + 100);
        assertThat(current.metrics.tcpAccepted.sum()).isEqualTo(before);
        if (round == 0) {
          old.send("kept\n");
          assertThat(old.readLine()).isEqualTo("kept");
          old.close();
        }
        current.proxier.close(Rig.PATIENCE);
        awaitServed(served.get() + 100);
        current = successor;
      }
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      current.close();
      assertThat(failures).isEmpty();
      assertThat(backend.connections.get()).isGreaterThan(ROUNDS * 300);
    }
  }

  private void call() {
    while (!stop.get()) {
      try (TcpClient client = new TcpClient(at(VIP, port)).leavingNoTrace()) {
        String name = client.readLine();
        client.send("ping\n");
        String echo = client.readLine();
        if (name.equals(BACKEND) && echo.equals("ping")) {
          served.incrementAndGet();
        } else {
          failures.add(name + " " + echo);
        }
      } catch (IOException e) {
        failures.add(e.toString());
      }
    }
  }

  private void awaitServed(int count) {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (served.get() < count && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(served).hasValueGreaterThanOrEqualTo(count);
  }
}
