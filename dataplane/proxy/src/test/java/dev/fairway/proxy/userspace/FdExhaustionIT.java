// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fairway.service.ServiceInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A proxier, in a process of its own, that has fewer descriptors than its clients want. */
class FdExhaustionIT {
  private static final String VIP = "127.96.8.10";
  private static final String BACKEND = "127.64.8.1";
  private static final int DESCRIPTORS = 256;
  private static final int CLIENTS = 300;

  @Test
  void acceptPausesAndRecovers() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    List<Integer> ports = freePorts(2);
    Process process = start(ports.get(0), ports.get(1));
    try (TcpBackend backend = TcpBackend.named(BACKEND, ports.get(1));
        BufferedReader out =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(out.readLine()).isEqualTo("ready");
      List<TcpClient> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new TcpClient(at(VIP, ports.get(0))));
      }
      assertThat(clients.get(0).readLine()).isEqualTo(BACKEND);
      assertThat(backend.connections.get()).isBetween(1, DESCRIPTORS / 2);
      for (TcpClient client : clients) {
        client.close();
      }
      assertThat(eventuallyNamed(ports.get(0))).isEqualTo(BACKEND);
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroy();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  /** Until the closed connections are gone, new ones may be reset. */
  private static String eventuallyNamed(int port) throws IOException {
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

  private static Process start(int port, int backendPort) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("/bin/sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh"));
    command.addAll(Jvm.command(Child.class, Integer.toString(port), Integer.toString(backendPort)));
    return new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
  }

  /** The process with few descriptors; ends with its parent. */
  static final class Child {
    private Child() {}

    /** Serves one address until the standard input ends. */
    public static void main(String[] args) throws IOException {
      try (Rig rig = new Rig()) {
        rig.publish(
            ServiceInfo.Settings.of("ns", "web")
                .clusterIp(VIP)
                .port("main", Integer.parseInt(args[0])),
            tcp(Integer.parseInt(args[1]), ready(BACKEND)));
        System.out.println("ready");
        while (System.in.read() >= 0) {
          // Nothing is said; the end counts.
        }
      }
    }
  }
}
