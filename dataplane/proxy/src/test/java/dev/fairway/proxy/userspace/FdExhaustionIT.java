// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.UdpBackend.ask;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A proxier, in a process of its own, that has fewer descriptors than its clients want. */
class FdExhaustionIT {
  private static final String VIP = "127.96.8.10";
  private static final String BACKEND = "127.64.8.1";
  private static final int DESCRIPTORS = 256;
  private static final int CLIENTS = 300;

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void hasShell() {
    Skip.unless(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh to set the limit");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened.reversed()) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private ProxierProcess start() throws IOException {
    return open(
        new ProxierProcess(
            List.of("/bin/sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh"),
            new ProxierProcess.Setup(VIP, port, BACKEND, ports.get(1), ports.get(2), 0)));
  }

  @Test
  void acceptPausesAndRecovers() throws Exception {
    TcpBackend backend = open(TcpBackend.named(BACKEND, ports.get(1)));
    ProxierProcess process = start();
    List<TcpClient> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(open(new TcpClient(at(VIP, port))));
    }
    assertThat(clients.get(0).readLine()).isEqualTo(BACKEND);
    assertThat(backend.connections.get()).isBetween(1, DESCRIPTORS / 2);
    for (TcpClient client : clients) {
      client.close();
    }
    assertThat(eventuallyNamed()).isEqualTo(BACKEND);
    assertThat(process.isAlive()).isTrue();
  }

  /** Until the closed connections are gone, new ones may be reset. */
  private String eventuallyNamed() throws IOException {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (true) {
      try {
        String name = TcpClient.nameAt(at(VIP, port));
        if (name.equals(BACKEND) || System.nanoTime() > deadline) {
          return name;
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  /** The flow that was unused longest makes room for the next one. */
  @Test
  void everyDatagramIsAnswered_howeverManyFlows() throws Exception {
    open(new UdpBackend(BACKEND, ports.get(2)));
    ProxierProcess process = start();
    for (int i = 0; i < CLIENTS; i++) {
      DatagramSocket client =
          open(new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0)));
      client.setSoTimeout((int) Rig.PATIENCE.toMillis());
      client.connect(at(VIP, port));
      assertThat(ask(client, "" + i)).isEqualTo(BACKEND + " " + i);
    }
    assertThat(process.flows()).isEqualTo(CLIENTS);
  }
}
