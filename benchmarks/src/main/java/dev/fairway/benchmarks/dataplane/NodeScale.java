// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A whole proxy daemon at scale, as its clients see it: {@code NodeScale [--api KUBECONFIG]
 * SERVICES ENDPOINTS_EACH COMMAND...}. Serves an API of so many objects, or writes them to the API
 * server that it is told, starts the command with {@code {kubeconfig}} replaced, and prints how
 * long it takes until Services answer, how long one changed slice takes until a new connection
 * meets the new endpoints, and what the daemon keeps resident.
 */
public final class NodeScale {
  static final int PORT = 18080;
  private static final int CHANGES = 200;
  private static final int TIMEOUT_MILLIS = 2000;

  private NodeScale() {}

  /** Measures once. */
  public static void main(String[] all) throws Exception {
    boolean real = all.length > 1 && all[0].equals("--api");
    String[] args = real ? Arrays.copyOfRange(all, 2, all.length) : all;
    if (args.length < 3) {
      System.err.println("usage: NodeScale [--api KUBECONFIG] SERVICES ENDPOINTS_EACH COMMAND...");
      System.exit(2);
    }
    int services = Integer.parseInt(args[0]);
    int endpoints = Integer.parseInt(args[1]);
    System.out.printf(
        "%,d Services x %,d endpoints = %,d%n", services, endpoints, services * endpoints);
    Path kubeconfig = Files.createTempFile("scale", ".kubeconfig");
    try (ServerSocket before = backend('A');
        ServerSocket after = backend('B');
        ScaleApi api =
            real
                ? new RealScaleApi(Path.of(all[1]), services, endpoints, before.getLocalPort())
                : new ScaleApiServer(services, endpoints, before.getLocalPort())) {
      Files.writeString(kubeconfig, api.kubeconfig());
      List<String> command = new ArrayList<>();
      for (String arg : Arrays.asList(args).subList(2, args.length)) {
        command.add(arg.replace("{kubeconfig}", kubeconfig.toString()));
      }
      long start = System.nanoTime();
      Process daemon = new ProcessBuilder(command).inheritIO().start();
      try {
        measureStart(daemon, api, services, start);
        measureChanges(api, services, before.getLocalPort(), after.getLocalPort());
        System.out.printf("resident after the changes: %d MiB%n", residentMib(daemon));
      } finally {
        daemon.destroy();
        daemon.waitFor(20, TimeUnit.SECONDS);
        daemon.destroyForcibly();
      }
    } finally {
      Files.delete(kubeconfig);
    }
    System.exit(0);
  }

  private static void measureStart(Process daemon, ScaleApi api, int services, long start)
      throws Exception {
    awaitAnswer(daemon, api.address(0), 'A');
    System.out.printf("first answer %,.0f ms after the start of the process%n", since(start) / 1e6);
    for (int i = 1; i < services; i++) {
      awaitAnswer(daemon, api.address(i), 'A');
    }
    System.out.printf("every Service answered after %,.0f ms%n", since(start) / 1e6);
    System.out.printf("resident: %d MiB%n", residentMib(daemon));
    TimeUnit.SECONDS.sleep(5);
    System.out.printf("resident, idle for 5 s: %d MiB%n", residentMib(daemon));
  }

  private static void measureChanges(ScaleApi api, int services, int before, int after)
      throws Exception {
    long[] nanos = new long[CHANGES];
    long[] writing = new long[CHANGES];
    for (int i = -CHANGES; i < CHANGES; i++) {
      int service = Math.floorMod(i * 37, services);
      TimeUnit.MILLISECONDS.sleep(20);
      long start = System.nanoTime();
      api.changePort(service, after);
      long written = since(start);
      while (ask(api.address(service)) != 'B') {
        // Not more connections than a machine has ports for.
        LockSupport.parkNanos(200_000);
      }
      if (i >= 0) {
        nanos[i] = since(start);
        writing[i] = written;
      }
      TimeUnit.MILLISECONDS.sleep(20);
      api.changePort(service, before);
    }
    print("one changed slice, from the write to a client's answer", nanos);
    print("of that until the API server said that it is written", writing);
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    int count = nanos.length;
    System.out.printf(
        "%s: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms (%d changes)%n",
        what,
        nanos[count / 2] / 1e6,
        nanos[count * 9 / 10] / 1e6,
        nanos[count * 99 / 100] / 1e6,
        count);
  }

  private static void awaitAnswer(Process daemon, String address, int expected) throws Exception {
    while (ask(address) != expected) {
      if (!daemon.isAlive()) {
        throw new IllegalStateException("the daemon ended with status " + daemon.exitValue());
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** The first byte that a Service says, -1 if it says nothing. */
  private static int ask(String address) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(address, PORT), TIMEOUT_MILLIS);
      return socket.getInputStream().read();
    } catch (IOException _) {
      return -1;
    }
  }

  /** A server on every loopback address, as each endpoint has its own, that says one letter. */
  private static ServerSocket backend(char letter) throws IOException {
    ServerSocket server =
        new ServerSocket(0, 1024, InetAddress.getByAddress(new byte[] {0, 0, 0, 0}));
    Thread.ofPlatform()
        .daemon()
        .name("backend-" + letter)
        .start(() -> {
          while (!server.isClosed()) {
            try (Socket client = server.accept()) {
              client.getOutputStream().write(letter);
            } catch (IOException _) {
              // The client went away, or the server was closed.
            }
          }
        });
    return server;
  }

  private static long residentMib(Process daemon) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS of the daemon");
  }

  private static long since(long start) {
    return System.nanoTime() - start;
  }
}
