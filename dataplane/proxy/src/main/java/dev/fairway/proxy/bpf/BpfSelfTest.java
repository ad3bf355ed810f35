// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tries on this machine what {@link BpfSupport} concludes from what the kernel accepts: a process
 * in a cgroup below the given one connects to an address that exists nowhere, and has to reach a
 * server of this process. Nothing outside of that cgroup is touched.
 */
public final class BpfSelfTest {
  /** Of the range for documentation (RFC 5737), so nobody else wants it. */
  private static final String ADDRESS = "192.0.2.254";

  private static final int PORT = 80;
  private static final int REFUSED_PORT = 81;
  private static final String GREETING = "reached";

  private BpfSelfTest() {}

  /**
   * The result of a self-test.
   *
   * @param passed what works, in words
   * @param failure what does not, in words; "" if everything does
   */
  public record Result(List<String> passed, String failure) {
    public Result {
      passed = List.copyOf(passed);
    }

    /** Whether sockets can be served. */
    public boolean isOk() {
      return failure.isEmpty();
    }
  }

  /**
   * Runs the test; needs {@code bash}, which plays the pod.
   *
   * @param cgroup whose sockets are to be served; the test makes a cgroup below it and removes it
   * @param timeout for each connection
   */
  public static Result run(Path cgroup, Duration timeout) throws InterruptedException {
    String missing = BpfSupport.probe().reason();
    if (!missing.isEmpty()) {
      return new Result(List.of(), missing);
    }
    Path pod = cgroup.resolve("fairway-self-test-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(pod);
    } catch (IOException e) {
      return new Result(List.of(), "cannot make a cgroup below " + cgroup + ": " + e.getMessage());
    }
    try {
      return run(pod, timeout.toMillis());
    } catch (IOException e) {
      return new Result(List.of(), String.valueOf(e.getMessage()));
    } finally {
      remove(pod);
    }
  }

  private static Result run(Path pod, long timeoutMillis) throws IOException, InterruptedException {
    List<String> passed = new ArrayList<>();
    try (BpfProxier proxier =
            new BpfProxier(
                BpfOptions.of("self-test", List.of(), pod),
                ProxyEvents.none(),
                new ProxyMetrics());
        ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
      Thread.ofVirtual().start(() -> serve(server));
      ServiceSnapshot snapshot =
          ServiceSnapshot.of(1, List.of(service(server.getLocalPort())), Set.of());
      proxier.sync(SnapshotDelta.full(snapshot));
      if (!proxier.awaitApplied(1, Duration.ofMillis(timeoutMillis))) {
        return new Result(passed, "the maps could not be written, see the log");
      }
      passed.add("programs are attached and maps are written");
      String answer = dial(pod, PORT, timeoutMillis);
      if (!answer.equals(GREETING)) {
        return new Result(
            passed,
            "a process in a cgroup below did not reach the endpoint of a service: " + answer);
      }
      passed.add("a service address leads to an endpoint");
      answer = dial(pod, REFUSED_PORT, timeoutMillis);
      if (!answer.contains("refused")) {
        return new Result(passed, "a port that no service has was not refused: " + answer);
      }
      passed.add("what nobody answers is refused");
      return new Result(passed, "");
    }
  }

  private static ServiceInfo service(int port) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    table.add(IpAddress.parse("127.0.0.1"), Conditions.AVAILABLE, null);
    return new ServiceInfo(
        ServiceInfo.Settings.of("fairway", "self-test")
            .clusterIp(ADDRESS)
            .port("", Protocol.TCP, PORT, 0)
            .build(),
        List.of(
            new SliceEndpoints(
                "self-test",
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort("", Protocol.TCP), port)),
                table.build())));
  }

  private static void serve(ServerSocket server) {
    while (!server.isClosed()) {
      try (var client = server.accept()) {
        client.getOutputStream().write((GREETING + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) {
        // A client that is gone, or the end of the test.
      }
    }
  }

  /** What a process in the cgroup hears, or what its shell says is wrong. */
  private static String dial(Path pod, int port, long timeoutMillis)
      throws IOException, InterruptedException {
    String script =
        "echo $$ > '"
            + pod
            + "/cgroup.procs' && exec 3<>/dev/tcp/"
            + ADDRESS
            + "/"
            + port
            + " && read -r line <&3 && echo \"$line\"";
    Process process = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true).start();
    process.getOutputStream().close();
    if (!process.waitFor(timeoutMillis, TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
      return "no answer";
    }
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private static void remove(Path pod) {
    try {
      Files.delete(pod);
    } catch (IOException e) {
      System.getLogger(BpfSelfTest.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove " + pod, e);
    }
  }
}
