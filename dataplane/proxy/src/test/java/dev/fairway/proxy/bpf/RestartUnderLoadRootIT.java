// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.testing.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Clients while the process of the data plane is killed, is not there, and is there again. */
@Tag("root")
class RestartUnderLoadRootIT {
  private static final String A = "10.9.0.1";
  private static final String A6 = "fd00:9::1";
  private static final String WEB = "10.101.0.10";
  private static final String WEB6 = "fd00:65::10";
  private static final String NAMES = "10.101.0.11";
  private static final int PATIENCE_MILLIS = 20_000;

  @TestFactory
  Stream<DynamicTest> killedAndStarted() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** What {@link SteeredNode} serves as a process. */
  static List<ServiceInfo> services() {
    return List.of(
        Bed.service(
            Bed.settings("web", WEB).clusterIp(WEB6).port("main", Protocol.TCP, 80, 30080),
            Bed.endpoints(Protocol.TCP, 8080, A),
            Bed.endpoints(Protocol.TCP, 8080, A6)),
        Bed.service(
            Bed.settings("names", NAMES).port("main", Protocol.UDP, 53, 0),
            Bed.endpoints(Protocol.UDP, 5353, A)));
  }

  /** Runs in the sandbox. */
  static final class Checks implements Sandbox.Suite {
    @Override
    public List<String> addresses() {
      return List.of(A + "/32", A6 + "/128", Bed.NODE_IP + "/32");
    }

    @Override
    public List<String> localRanges() {
      return List.of("10.101.0.0/16 src " + Bed.NODE_IP, "fd00:65::/64 src " + A6);
    }

    @Override
    public Map<String, Sandbox.Check> checks() throws Exception {
      echo(A);
      echo(A6);
      AutoCloseable _ = Bed.udp(A, 5353);
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      checks.put("clients hear nothing bad of a SIGKILL and a new process", Checks::killed);
      return checks;
    }

    private static void killed(Path cgroup, Path pins) throws Exception {
      Path inside = Files.createDirectory(cgroup.resolve("inside"));
      Path directory = pins.resolve("fairway");
      Process node = SteeredNode.start(inside, directory);
      Process pod = pod(inside);
      List<Load> steered = new ArrayList<>();
      try (Socket open = new Socket()) {
        assertThat(pod.inputReader().readLine()).isEqualTo("connected");
        for (String address : List.of(WEB, WEB6, Bed.NODE_IP)) {
          steered.add(new Load(address, address.equals(Bed.NODE_IP) ? 30080 : 80));
        }
        open.connect(new InetSocketAddress(WEB, 80));
        assertThat(say(open, "before")).describedAs("steered").isEqualTo("before");
        steered.forEach(load -> load.await(5));
        pod.getOutputStream().write('.');
        pod.getOutputStream().flush();
        assertThat(pod.inputReader().readLine()).isEqualTo("again");

        node.destroyForcibly().waitFor();
        long killed = System.nanoTime();
        List<Load> inTheGap = new ArrayList<>();
        for (String address : List.of(WEB, WEB6)) {
          inTheGap.add(new Load(address, 80));
        }
        Queries queries = new Queries();
        queries.askInVain();
        pod.getOutputStream().write('.');
        pod.getOutputStream().flush();
        assertThat(pod.inputReader().readLine())
            .describedAs("without a process")
            .isEqualTo("again");

        node = SteeredNode.start(inside, directory);
        for (Load load : inTheGap) {
          load.await(1);
          load.end();
          assertThat(load.failuresSince(killed)).isEmpty();
        }
        for (Load load : steered) {
          load.await(load.served() + 5);
          load.end();
          assertThat(load.failuresSince(killed)).isEmpty();
        }
        assertThat(queries.ask()).isEqualTo(A);
        queries.close();
        pod.getOutputStream().write('!');
        pod.getOutputStream().flush();
        assertThat(pod.inputReader().readLine())
            .describedAs("failures of sockets that are translated")
            .isEqualTo("[]");
      } finally {
        steered.forEach(Load::end);
        pod.destroyForcibly().waitFor();
        node.destroyForcibly().waitFor();
        DataPath.removePinned(directory);
      }
    }

    private static Process pod(Path cgroup) throws IOException {
      List<String> command =
          new ArrayList<>(
              List.of("sh", "-c", "echo $$ > " + cgroup + "/cgroup.procs; exec \"$@\"", "sh"));
      command.addAll(Jvm.command(Pod.class));
      return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    }

    private static void echo(String address) throws IOException {
      ServerSocket server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getByName(address), 8080), 200);
      Thread.ofVirtual()
          .start(() -> {
            while (true) {
              try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> echo(client));
              } catch (IOException _) {
                return;
              }
            }
          });
    }

    private static void echo(Socket client) {
      try (client) {
        client.getInputStream().transferTo(client.getOutputStream());
      } catch (IOException _) {
        // The client is gone.
      }
    }
  }

  private static String say(Socket socket, String word) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
    return String.valueOf(
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
            .readLine());
  }

  /** Sends queries from one socket. */
  private static final class Queries implements AutoCloseable {
    private final DatagramSocket socket = new DatagramSocket();

    Queries() throws IOException {
      socket.connect(new InetSocketAddress(NAMES, 53));
    }

    /** Nobody is there, but nobody says so: that would be an exception. */
    void askInVain() throws IOException {
      socket.setSoTimeout(100);
      for (int i = 0; i < 3; i++) {
        try {
          throw new AssertionError("answered by " + exchange());
        } catch (SocketTimeoutException _) {
          // As it is to be.
        }
      }
    }

    String ask() throws IOException {
      socket.setSoTimeout(PATIENCE_MILLIS);
      return exchange();
    }

    private String exchange() throws IOException {
      socket.send(new DatagramPacket(new byte[] {'?'}, 1));
      DatagramPacket answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** Connects, says something, hears it again, and begins anew. */
  private static final class Load {
    private record Failure(long startNanos, String words) {}

    private final String address;
    private final int port;
    private final List<Failure> failures = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile int served;
    private volatile boolean ended;

    Load(String address, int port) {
      this.address = address;
      this.port = port;
      thread = Thread.ofPlatform().daemon().start(this::run);
    }

    private void run() {
      while (!ended) {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address, port), PATIENCE_MILLIS);
          String word = say(socket, "hello");
          if (!word.equals("hello")) {
            throw new IOException("said " + word);
          }
          served++;
        } catch (IOException e) {
          failures.add(new Failure(start, address + " " + e));
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
      }
    }

    int served() {
      return served;
    }

    void await(int count) {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
      while (served < count) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError(served + " of " + count + " were served: " + failures);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }

    /** Of connections that began after a moment; the others may have been with the old process. */
    List<String> failuresSince(long nanos) {
      return List.copyOf(failures).stream()
          .filter(failure -> failure.startNanos - nanos > 0)
          .map(Failure::words)
          .toList();
    }

    void end() {
      ended = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** A process whose sockets are translated: nothing may ever fail there. */
  static final class Pod {
    private Pod() {}

    /** Says "again" for each dot that it is sent when its open connection still works. */
    public static void main(String[] args) throws IOException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      Load load = new Load(WEB, 80);
      try (Socket open = new Socket()) {
        open.connect(new InetSocketAddress(WEB, 80));
        out.println("connected");
        for (int order = System.in.read(); order == '.'; order = System.in.read()) {
          int before = load.served();
          out.println(say(open, "again"));
          load.await(before + 5);
        }
      }
      load.end();
      out.println(load.failuresSince(0));
    }
  }
}
