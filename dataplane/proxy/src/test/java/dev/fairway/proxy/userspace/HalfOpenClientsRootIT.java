// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.IpAddress;
import dev.fairway.testing.Jvm;
import dev.fairway.testing.OwnNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * 20,000 clients that begin a connection and vanish, and 20,000 that complete the handshake and
 * vanish, against a proxier that may have 20,000 descriptors: whoever else calls is served, nobody
 * who ever sent a byte is cut off, and what the vanished ones cost is bounded. In a network
 * namespace; the clients live in a second one as packets only.
 */
@Tag("root")
class HalfOpenClientsRootIT {
  private static final String VIP = "198.51.100.10";
  private static final String BACKEND = "198.51.100.1";
  private static final int PORT = 80;
  private static final int TARGET = 8080;
  private static final int CLIENTS = 20_000;

  /** Fewer than a queue of clients to be accepted has room for, so that none is lost there. */
  private static final int AT_ONCE = 1_000;

  private static final int DESCRIPTORS = 20_000;

  /** What the process may still open for other purposes. */
  private static final int SPARE = 300;

  private static final int REGULARS = 50;
  private static final int CALLERS = 4;
  private static final int FEWEST_CALLS = 100;

  /** Bytes of the heap that a connection may cost. */
  private static final long BYTES_OF_ONE = 1024;

  @TestFactory
  Stream<DynamicTest> clients() throws Exception {
    List<String> passed =
        OwnNetwork.run(
            OwnNetwork.Need.ADDRESSES,
            HalfOpenClientsRootIT.class,
            "observe",
            Stream.of(VIP, BACKEND).map(IpAddress::parse).toList());
    passed.forEach(System.out::println);
    return Stream.of("begun", "completed", "regulars", "gone")
        .map(name -> dynamicTest(name, () -> assertThat(passed).contains(name + " passed")));
  }

  /** In the namespace. */
  static void observe(PrintStream out) throws Exception {
    ProxierProcess.Setup setup = new ProxierProcess.Setup(VIP, PORT, BACKEND, TARGET, TARGET, 0);
    List<String> limited =
        List.of("/bin/sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh");
    try (OtherNetwork far = new OtherNetwork();
        Echo _ = new Echo(BACKEND, TARGET);
        ProxierProcess proxier = new ProxierProcess(limited, setup)) {
      far.link("c0", List.of("198.18.0.1/24"), List.of("198.18.0.2/24"));
      OtherNetwork.run("ip", "route", "add", "10.50.0.0/16", "via", "198.18.0.2", "dev", "c0");
      try (Flood flood = new Flood(far)) {
        new HalfOpenClientsRootIT().run(proxier, flood, out);
      }
    }
  }

  private void run(ProxierProcess proxier, Flood flood, PrintStream out) throws Exception {
    List<TcpClient> regulars = new ArrayList<>();
    for (int i = 0; i < REGULARS; i++) {
      regulars.add(new TcpClient(VIP, new InetSocketAddress(VIP, PORT)));
      assertThat(echoed(regulars.get(i), "hello " + i)).isEqualTo("hello " + i);
    }
    try (Callers callers = new Callers()) {
      flood.order("begin " + CLIENTS);
      callers.awaitCalls();
      assertThat(callers.failures).isEmpty();
      awaitAtMost(proxier::active, REGULARS + 2 * CALLERS);
      assertThat(proxier.silentClosed()).isZero();
      out.println("begun passed");

      long heap = proxier.heap();
      long descriptors = proxier.descriptors();
      for (long done = 0; done < CLIENTS; done += AT_ONCE) {
        flood.order("connect " + AT_ONCE);
        awaitAtLeast(proxier::accepted, done + AT_ONCE);
      }
      callers.awaitCalls();
      assertThat(callers.failures).isEmpty();
      long held = proxier.active();
      long each = (proxier.heap() - heap) / held;
      out.println(
          "%d of %d clients held, %d bytes of heap each, %d descriptors, %d made room"
              .formatted(held, CLIENTS, each, proxier.descriptors(), proxier.silentClosed()));
      assertThat(held).isBetween((long) (0.3 * DESCRIPTORS), DESCRIPTORS / 2L);
      assertThat(proxier.silentClosed()).isGreaterThanOrEqualTo(CLIENTS - DESCRIPTORS / 2);
      assertThat(each).isLessThan(BYTES_OF_ONE);
      awaitAtMost(proxier::descriptors, DESCRIPTORS - SPARE);
      assertThat(proxier.events()).startsWith("ns/web LimitReached").doesNotContain("; ns/web");
      out.println("completed passed");

      for (TcpClient regular : regulars) {
        assertThat(echoed(regular, "still here")).isEqualTo("still here");
      }
      out.println("regulars passed");

      flood.order("reset");
      awaitAtMost(proxier::active, REGULARS + 2 * CALLERS);
      awaitAtMost(proxier::descriptors, descriptors + 4 * CALLERS);
      callers.awaitCalls();
      assertThat(callers.failures).isEmpty();
      out.println("gone passed");
    }
    for (TcpClient regular : regulars) {
      regular.close();
    }
  }

  private static String echoed(TcpClient client, String text) throws IOException {
    client.send(text + "\n");
    return client.readLine();
  }

  private interface Figure {
    long now() throws IOException;
  }

  private static void awaitAtLeast(Figure figure, long least) throws IOException {
    long deadline = System.nanoTime() + 3 * Rig.PATIENCE.toNanos();
    long now = figure.now();
    while (now < least && System.nanoTime() < deadline) {
      now = figure.now();
    }
    assertThat(now).isGreaterThanOrEqualTo(least);
  }

  private static void awaitAtMost(Figure figure, long most) throws IOException {
    long deadline = System.nanoTime() + 3 * Rig.PATIENCE.toNanos();
    long now = figure.now();
    while (now > most && System.nanoTime() < deadline) {
      now = figure.now();
    }
    assertThat(now).isLessThanOrEqualTo(most);
  }

  /** The clients that vanish. */
  private static final class Flood implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    Flood(OtherNetwork far) throws IOException {
      byte[] near = NetworkInterface.getByName("c0").getHardwareAddress();
      process =
          far.start(
              Jvm.command(
                  RawClients.class,
                  VIP,
                  Integer.toString(PORT),
                  HexFormat.ofDelimiter(":").formatHex(near)));
      out = process.inputReader();
      assertThat(out.readLine()).isEqualTo("ready");
    }

    void order(String command) throws IOException {
      process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      assertThat(out.readLine()).isEqualTo("done");
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** Well-behaved clients: each connects, asks, is answered and calls again. */
  private static final class Callers implements AutoCloseable {
    final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Semaphore calls = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean done;

    Callers() {
      for (int i = 0; i < CALLERS; i++) {
        threads.add(Thread.ofPlatform().daemon().start(this::call));
      }
    }

    private void call() {
      while (!done) {
        String question = "question " + System.nanoTime();
        try (TcpClient client =
            new TcpClient(VIP, new InetSocketAddress(VIP, PORT)).leavingNoTrace()) {
          String answer = echoed(client, question);
          if (!answer.equals(question)) {
            failures.add(question + ": " + answer);
          }
        } catch (IOException e) {
          failures.add(question + ": " + e);
        }
        calls.release();
      }
    }

    /** Waits for more calls, however slow the machine is. */
    void awaitCalls() throws InterruptedException {
      calls.drainPermits();
      assertThat(calls.tryAcquire(FEWEST_CALLS, 2, TimeUnit.MINUTES)).isTrue();
    }

    @Override
    public void close() throws InterruptedException {
      done = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }
}
