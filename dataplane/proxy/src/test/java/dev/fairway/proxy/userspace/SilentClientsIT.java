// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Thousands of clients connect and say nothing: a proxier in a process of its own holds them all,
 * serves others meanwhile, and has its descriptors back afterwards.
 */
class SilentClientsIT {
  private static final String VIP = "127.96.14.10";
  private static final String BACKEND = "127.64.14.1";
  private static final int WANTED = 20_000;
  private static final int SPARE_DESCRIPTORS = 2000;
  private static final int PER_ADDRESS = 5_000;
  private static final long BYTES_OF_ONE = 4 * 1024;
  private static final long BYTES_OF_THE_JVM = 48L << 20;

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);

  @Test
  void manySilentClients_costLittleAndDisturbNobody() throws Exception {
    Skip.unless(Files.isReadable(Path.of("/proc/self/status")), "no /proc here");
    int count = Math.min(WANTED, descriptorsLeft() / 2);
    List<SocketChannel> silent = new ArrayList<>(count);
    ProxierProcess.Setup setup =
        new ProxierProcess.Setup(VIP, port, BACKEND, ports.get(1), ports.get(2), 0);
    try (Echo _ = new Echo(BACKEND, ports.get(1));
        ProxierProcess proxier = new ProxierProcess(List.of(), setup)) {
      assertThat(echoed()).isEqualTo('x');
      await(proxier, 0);
      long descriptors = proxier.descriptors();
      long memory = proxier.memory();
      for (int i = 0; i < count; i++) {
        SocketChannel client = SocketChannel.open();
        silent.add(client);
        // A reset leaves no port in TIME_WAIT for the tests that follow.
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.bind(at("127.201.14." + (1 + i / PER_ADDRESS), 0));
        client.connect(at(VIP, port));
      }
      await(proxier, count);
      assertThat(echoed()).isEqualTo('x');
      long grown = proxier.memory() - memory;
      System.out.printf("%d silent clients held, %d bytes of memory each%n", count, grown / count);
      assertThat(grown).isLessThan(BYTES_OF_THE_JVM + count * BYTES_OF_ONE);
      SocketChannel first = silent.get(0);
      first.write(ByteBuffer.wrap(new byte[] {'y'}));
      ByteBuffer answer = ByteBuffer.allocate(1);
      first.read(answer);
      assertThat(answer.get(0)).isEqualTo((byte) 'y');
      for (SocketChannel client : silent) {
        client.close();
      }
      await(proxier, 0);
      assertThat(echoed()).isEqualTo('x');
      awaitDescriptors(proxier, descriptors + 10);
    } finally {
      for (SocketChannel client : silent) {
        client.close();
      }
    }
  }

  /** This process needs two for each client, for it and for its endpoint; so does the proxier. */
  private static int descriptorsLeft() {
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return (int)
        Math.min(
            Integer.MAX_VALUE,
            system.getMaxFileDescriptorCount()
                - system.getOpenFileDescriptorCount()
                - SPARE_DESCRIPTORS);
  }

  private static void await(ProxierProcess proxier, long connections) throws IOException {
    long deadline = System.nanoTime() + 3 * Rig.PATIENCE.toNanos();
    while (proxier.active() != connections && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(proxier.active()).isEqualTo(connections);
  }

  /** The endpoint's side of a connection goes a moment after the client's. */
  private static void awaitDescriptors(ProxierProcess proxier, long most) throws IOException {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (proxier.descriptors() > most && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(proxier.descriptors()).isLessThanOrEqualTo(most);
  }

  private int echoed() throws IOException {
    try (TcpClient client = new TcpClient(at(VIP, port))) {
      client.send("x");
      return client.socket.getInputStream().read();
    }
  }
}
