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
import java.net.DatagramPacket;
import java.net.DatagramSocket;
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
 * server of this process; then this process does so itself. Nobody else's sockets are touched, as
 * nobody else uses such addresses.
 */
public final class BpfSelfTest {
  /** Of the range for documentation (RFC 5737), so nobody else wants it but another self-test. */
  private static final String ADDRESS = "192.0.2." + (1 + ProcessHandle.current().pid() % 254);

  private static final int PORT = 80;
  private static final int REFUSED_PORT = 81;
  private static final int DATAGRAM_PORT = 53;

  /** An address that packets reach, for steering, and a port that nobody has. */
  private static final String STEERED_ADDRESS = "127.255.255.254";

  private static final int STEERED_PORT = 1;
  private static final String GREETING = "reached";

  private BpfSelfTest() {}

  /**
   * The result of a self-test.
   *
   * @param passed what works, in words
   * @param missing what does not though sockets can be served, in words
   * @param canSteer whether packets can be given to sockets
   * @param failure why sockets cannot be served, in words; "" if they can
   */
  public record Result(
      List<String> passed, List<String> missing, boolean canSteer, String failure) {
    public Result {
      passed = List.copyOf(passed);
      missing = List.copyOf(missing);
    }

    /** Whether sockets can be served. */
    public boolean isOk() {
      return failure.isEmpty();
    }

    private static Result failed(List<String> passed, String failure) {
      return new Result(passed, List.of(), false, failure);
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
      return Result.failed(List.of(), missing);
    }
    Path pod = cgroup.resolve("fairway-self-test-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(pod);
    } catch (IOException e) {
      return Result.failed(
          List.of(), "cannot make a cgroup below " + cgroup + ": " + e.getMessage());
    }
    try {
      return run(pod, timeout.toMillis());
    } catch (IOException e) {
      return Result.failed(List.of(), String.valueOf(e.getMessage()));
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
      // Nodes that share a kernel, and maybe this very cgroup, may be at their self-tests now too.
      NetworkNamespaces.cookie(NetworkNamespaces.OWN)
          .ifPresent(cookie -> proxier.serveOnly(Set.of(cookie)));
      sync(proxier, 1, service(server.getLocalPort(), 0));
      if (!proxier.awaitApplied(1, Duration.ofMillis(timeoutMillis))) {
        return Result.failed(passed, "the maps could not be written, see the log");
      }
      passed.add("programs are attached and maps are written");
      String answer = dial(pod, PORT, timeoutMillis);
      if (!answer.equals(GREETING)) {
        return Result.failed(
            passed,
            "a process in a cgroup below did not reach the endpoint of a service: " + answer);
      }
      passed.add("a service address leads to an endpoint");
      answer = dial(pod, REFUSED_PORT, timeoutMillis);
      if (!answer.contains("refused")) {
        return Result.failed(passed, "a port that no service has was not refused: " + answer);
      }
      passed.add("what nobody answers is refused");
      return withOwnSockets(proxier, server.getLocalPort(), passed, timeoutMillis);
    }
  }

  /** What a shell cannot try: this process's own sockets are served too for a moment. */
  private static Result withOwnSockets(
      BpfProxier proxier, int tcpPort, List<String> passed, long timeoutMillis) throws IOException {
    List<String> missing = new ArrayList<>();
    String steering = steer(proxier, timeoutMillis);
    say(steering, "packets are given to sockets", passed, missing);
    Path own = CgroupTree.ofThisProcess().orElse(null);
    if (own == null) {
      missing.add("datagrams are not tried: the cgroup of this process cannot be seen");
      return new Result(passed, missing, steering.isEmpty(), "");
    }
    try (DatagramSocket names = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      Thread.ofVirtual().start(() -> answer(names));
      sync(proxier, 2, service(tcpPort, names.getLocalPort()));
      proxier.serveAlso(own);
      String failure = names(timeoutMillis);
      if (!failure.isEmpty()) {
        return Result.failed(passed, failure);
      }
      passed.add("sockets know service addresses only, of TCP and UDP");
      say(
          destroy(proxier, tcpPort, timeoutMillis),
          "connected UDP sockets of endpoints that are gone end",
          passed,
          missing);
    }
    return new Result(passed, missing, steering.isEmpty(), "");
  }

  private static void say(
      String failure, String success, List<String> passed, List<String> missing) {
    if (failure.isEmpty()) {
      passed.add(success);
    } else {
      missing.add(failure);
    }
  }

  private static void sync(BpfProxier proxier, long revision, ServiceInfo service) {
    proxier.sync(SnapshotDelta.full(ServiceSnapshot.of(revision, List.of(service), Set.of())));
  }

  /** Why packets do not come to the sockets that they are given to; "" if they do. */
  private static String steer(BpfProxier proxier, long timeoutMillis) {
    try (ProbeSocket listener = ProbeSocket.tcp(timeoutMillis);
        ProbeSocket client = ProbeSocket.tcp(timeoutMillis)) {
      listener.listen();
      proxier.steer(Steering.of(listener.fd(), -1, -1, -1));
      int result = client.connect(STEERED_ADDRESS, STEERED_PORT);
      result = result < 0 ? result : listener.accept();
      return result < 0 ? "packets are not given to sockets: error " + -result : "";
    } catch (BpfException e) {
      return "packets are not given to sockets: " + e.getMessage();
    }
  }

  /** What is wrong with the names of peers; "" if nothing is. */
  private static String names(long timeoutMillis) {
    try (ProbeSocket stream = ProbeSocket.tcp(timeoutMillis);
        ProbeSocket datagrams = ProbeSocket.udp(timeoutMillis)) {
      int result = stream.connect(ADDRESS, PORT);
      String peer = result < 0 ? "error " + -result : stream.peer();
      if (!peer.equals(ADDRESS + ":" + PORT)) {
        return "the peer of a connection to a service address is called " + peer;
      }
      result = datagrams.sendTo(ADDRESS, DATAGRAM_PORT);
      String sender = result < 0 ? "error " + -result : datagrams.sender();
      return sender.equals(ADDRESS + ":" + DATAGRAM_PORT)
          ? ""
          : "the answer to a datagram to a service address comes from " + sender;
    }
  }

  /** Why a socket whose endpoint goes does not end; "" if it does. */
  private static String destroy(BpfProxier proxier, int tcpPort, long timeoutMillis) {
    try (ProbeSocket connected = ProbeSocket.udp(timeoutMillis)) {
      int result = connected.connect(ADDRESS, DATAGRAM_PORT);
      sync(proxier, 3, service(tcpPort, 0));
      result = result < 0 ? result : connected.read();
      return result == -BpfException.ECONNABORTED
          ? ""
          : "connected UDP sockets keep an endpoint that is gone until they are closed";
    }
  }

  /** A service over TCP, and over UDP if it has a port for that. */
  private static ServiceInfo service(int tcpPort, int udpPort) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    table.add(IpAddress.parse("127.0.0.1"), Conditions.AVAILABLE, null);
    List<SliceEndpoints.Port> ports = new ArrayList<>();
    ports.add(new SliceEndpoints.Port(new EndpointPort("tcp", Protocol.TCP), tcpPort));
    ports.add(new SliceEndpoints.Port(new EndpointPort("steered", Protocol.TCP), tcpPort));
    if (udpPort != 0) {
      ports.add(new SliceEndpoints.Port(new EndpointPort("udp", Protocol.UDP), udpPort));
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of("fairway", "self-test")
            .clusterIp(ADDRESS)
            .externalIp(STEERED_ADDRESS)
            .port("tcp", Protocol.TCP, PORT, 0)
            .port("steered", Protocol.TCP, STEERED_PORT, 0)
            .port("udp", Protocol.UDP, DATAGRAM_PORT, 0)
            .build(),
        List.of(new SliceEndpoints("self-test", false, ports, table.build())));
  }

  private static void answer(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[1], 1);
    while (!socket.isClosed()) {
      try {
        socket.receive(packet);
        socket.send(packet);
      } catch (IOException _) {
        // A client that is gone, or the end of the test.
      }
    }
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
