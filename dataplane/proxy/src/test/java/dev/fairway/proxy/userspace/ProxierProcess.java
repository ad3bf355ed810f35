// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.testing.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A userspace proxier in a process of its own. It serves one Service over TCP and UDP with one
 * endpoint and does what it is told; it ends with its parent.
 */
final class ProxierProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  /**
   * Starts one and waits until it serves.
   *
   * @param prefix words before the command, as a shell that sets limits
   */
  ProxierProcess(List<String> prefix, Setup setup) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        Jvm.command(
            ProxierProcess.class,
            setup.vip,
            "" + setup.port,
            setup.endpoint,
            "" + setup.tcpTarget,
            "" + setup.udpTarget,
            "" + setup.handOverMillis));
    process = new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).isEqualTo("ready");
  }

  /**
   * What the process serves.
   *
   * @param handOverMillis zero if it does not share its addresses
   */
  record Setup(
      String vip, int port, String endpoint, int tcpTarget, int udpTarget, int handOverMillis) {}

  /** TCP connections accepted so far. */
  long accepted() throws IOException {
    return Long.parseLong(ask("accepted"));
  }

  /** UDP flows opened so far. */
  long flows() throws IOException {
    return Long.parseLong(ask("flows"));
  }

  /** TCP connections that are open. */
  long active() throws IOException {
    return Long.parseLong(ask("active"));
  }

  /** Open descriptors. */
  long descriptors() throws IOException {
    return Long.parseLong(ask("descriptors"));
  }

  /** Resident memory in bytes. */
  long memory() throws IOException {
    return Long.parseLong(ask("memory"));
  }

  /** TCP connections without a byte that made room for others. */
  long silentClosed() throws IOException {
    return Long.parseLong(ask("silent"));
  }

  /** Bytes of live objects. */
  long heap() throws IOException {
    return Long.parseLong(ask("heap"));
  }

  /** What owners of Services were told, without line breaks. */
  String events() throws IOException {
    return ask("events");
  }

  private String ask(String word) throws IOException {
    tell(word);
    return String.valueOf(out.readLine());
  }

  private void tell(String word) throws IOException {
    process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Tells the process to close its proxier, with all patience for open connections. */
  void leave() throws IOException {
    tell("leave");
  }

  /** Whether the process ended in good order. */
  boolean hasLeft() throws InterruptedException {
    return process.waitFor(Rig.PATIENCE.toSeconds(), TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  /** Ends the process at once; the kernel closes its sockets. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    process.waitFor();
    out.close();
  }

  /** The process. */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int port = Integer.parseInt(args[1]);
    EndpointTable.Builder endpoints = new EndpointTable.Builder();
    endpoints.add(IpAddress.parse(args[2]), Conditions.AVAILABLE, Rig.NODE);
    SliceEndpoints slice =
        new SliceEndpoints(
            "slice",
            false,
            List.of(
                new SliceEndpoints.Port(
                    new EndpointPort("main", Protocol.TCP), Integer.parseInt(args[3])),
                new SliceEndpoints.Port(
                    new EndpointPort("main", Protocol.UDP), Integer.parseInt(args[4]))),
            endpoints.build());
    Duration handOver = Duration.ofMillis(Integer.parseInt(args[5]));
    Rig rig = new Rig(Rig.options().withHandOver(handOver));
    rig.publish(
        ServiceInfo.Settings.of("ns", "web")
            .clusterIp(args[0])
            .port("main", Protocol.TCP, port, 0)
            .port("main", Protocol.UDP, port, 0),
        slice);
    out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String word = in.readLine(); word != null; word = in.readLine()) {
      switch (word) {
        case "accepted" -> out.println(rig.metrics.tcpAccepted.sum());
        case "active" -> out.println(rig.metrics.tcpActive.get());
        case "flows" -> out.println(rig.metrics.udpFlows.sum());
        case "memory" -> out.println(memoryInUse());
        case "silent" -> out.println(rig.metrics.tcpSilentClosed.sum());
        case "heap" -> out.println(heapInUse());
        case "events" -> out.println(String.join("; ", rig.events));
        case "descriptors" -> out.println(descriptorsInUse());
        case "leave" -> {
          rig.proxier.close(Duration.ofMinutes(1));
          System.exit(0);
        }
        default -> throw new IllegalArgumentException(word);
      }
    }
    System.exit(1);
  }

  /** Resident memory in bytes after a collection. */
  private static long memoryInUse() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no VmRSS");
  }

  private static long heapInUse() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long descriptorsInUse() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
