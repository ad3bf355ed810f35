// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One question and its answer of 100 bytes each, over loopback: straight to an echo server, and
 * through the userspace proxier; over an open connection, and over a new one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RelayBenchmark {
  private static final String VIP = "127.96.250.1";
  private static final int SIZE = 100;

  private ServerSocket server = unbound();
  private UserspaceProxier proxier =
      new UserspaceProxier(
          UserspaceOptions.of("node-1", List.of(IpAddress.parse("127.0.0.1"))),
          (name, reason, message) -> System.err.println(reason + ": " + message),
          new ProxyMetrics());
  private InetSocketAddress direct = new InetSocketAddress(0);
  private InetSocketAddress proxied = new InetSocketAddress(0);
  private Socket directOpen = new Socket();
  private Socket proxiedOpen = new Socket();

  private static ServerSocket unbound() {
    try {
      return new ServerSocket();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the echo server and serves it at an address. */
  @Setup
  public void start() throws IOException, InterruptedException {
    server.bind(new InetSocketAddress("127.0.0.1", 0));
    Thread.ofVirtual().start(this::accept);
    int port = server.getLocalPort();
    direct = new InetSocketAddress("127.0.0.1", port);
    proxied = new InetSocketAddress(InetAddress.getByName(VIP), port);
    EndpointTable.Builder table = new EndpointTable.Builder();
    table.add(IpAddress.parse("127.0.0.1"), Conditions.AVAILABLE, "node-1");
    ServiceInfo service =
        new ServiceInfo(
            ServiceInfo.Settings.of("default", "echo").clusterIp(VIP).port("main", port).build(),
            List.of(
                new SliceEndpoints(
                    "echo-1",
                    false,
                    List.of(new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), port)),
                    table.build())));
    ServiceSnapshot before = ServiceSnapshot.empty();
    ServiceSnapshot after = before.with(1, Map.of(service.name(), service), Set.of("default"));
    proxier.sync(new SnapshotDelta(before, after, Set.of(service.name())));
    if (!proxier.awaitApplied(1, Duration.ofSeconds(10))) {
      throw new IllegalStateException("not applied within 10 s");
    }
    directOpen.connect(direct);
    proxiedOpen.connect(proxied);
    directOpen.setTcpNoDelay(true);
    proxiedOpen.setTcpNoDelay(true);
  }

  /** Ends all of it. */
  @TearDown
  public void stop() throws IOException {
    directOpen.close();
    proxiedOpen.close();
    proxier.close();
    server.close();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> echo(socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private static void echo(Socket open) {
    try (Socket socket = open) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] bytes = new byte[SIZE];
      while (true) {
        in.readFully(bytes);
        socket.getOutputStream().write(bytes);
      }
    } catch (EOFException _) {
      // The client is done.
    } catch (IOException e) {
      System.err.println("echo server: " + e);
    }
  }

  private static int ask(Socket socket) throws IOException {
    socket.getOutputStream().write(new byte[SIZE]);
    return socket.getInputStream().readNBytes(SIZE).length;
  }

  private static int askAnew(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      socket.setTcpNoDelay(true);
      return ask(socket);
    }
  }

  /** Over a connection that stays open, without a proxy. */
  @Benchmark
  public int openConnectionDirect() throws IOException {
    return ask(directOpen);
  }

  /** Over a connection that stays open, through the proxier. */
  @Benchmark
  public int openConnectionProxied() throws IOException {
    return ask(proxiedOpen);
  }

  /** Over a new connection, without a proxy. */
  @Benchmark
  public int newConnectionDirect() throws IOException {
    return askAnew(direct);
  }

  /** Over a new connection, through the proxier. */
  @Benchmark
  public int newConnectionProxied() throws IOException {
    return askAnew(proxied);
  }
}
