// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A proxier in a {@link Sandbox} with a hand on its snapshots, its clock and its events. */
final class Bed implements AutoCloseable {
  static final String NODE = "node-1";
  static final String NODE_IP = "192.0.2.1";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  final List<String> events = new ArrayList<>();
  final AtomicLong skippedNanos = new AtomicLong();
  final BpfProxier proxier;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  Bed(Path cgroup) {
    this(options(cgroup), List.of(IpAddress.parse(NODE_IP)));
  }

  Bed(BpfOptions options, List<IpAddress> machineAddresses) {
    proxier =
        new BpfProxier(
            options,
            (service, reason, message) -> events.add(service + " " + reason + " " + message),
            new ProxyMetrics(),
            () -> System.nanoTime() + skippedNanos.get(),
            () -> machineAddresses);
  }

  static BpfOptions options(Path cgroup) {
    return BpfOptions.of(NODE, List.of(IpAddress.parse(NODE_IP)), cgroup)
        .withRanges(
            List.of(IpPrefix.parse("10.9.0.0/16")),
            List.of(IpPrefix.parse("10.96.0.0/16"), IpPrefix.parse("fd00:96::/64")));
  }

  /** Publishes services and waits until they are programmed. */
  void publish(ServiceInfo... services) throws InterruptedException {
    Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
    for (ServiceInfo service : services) {
      changes.put(service.name(), service);
    }
    apply(changes);
  }

  /** Publishes everything there is, as a process does that just started. */
  void start(ServiceInfo... services) throws InterruptedException {
    ServiceSnapshot first =
        ServiceSnapshot.of(snapshot.revision() + 1, List.of(services), Set.of());
    proxier.sync(SnapshotDelta.full(first));
    snapshot = first;
    if (!proxier.awaitApplied(first.revision(), PATIENCE)) {
      throw new AssertionError("not applied: " + first);
    }
  }

  /** Publishes that a service is gone. */
  void remove(String name) throws InterruptedException {
    Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
    changes.put(new ServiceName("ns", name), null);
    apply(changes);
  }

  private void apply(Map<ServiceName, @Nullable ServiceInfo> changes) throws InterruptedException {
    ServiceSnapshot next = snapshot.with(snapshot.revision() + 1, changes, Set.of());
    proxier.sync(new SnapshotDelta(snapshot, next, changes.keySet()));
    snapshot = next;
    if (!proxier.awaitApplied(next.revision(), PATIENCE)) {
      throw new AssertionError("not applied: " + next);
    }
  }

  /** A service {@code ns/name} whose ports of both protocols are called {@code main}. */
  static ServiceInfo service(ServiceSettingsBuilder settings, SliceEndpoints... slices) {
    return new ServiceInfo(settings.build(), List.of(slices));
  }

  /** Settings of a service with a ClusterIP. */
  static ServiceSettingsBuilder settings(String name, String clusterIp) {
    return ServiceInfo.Settings.of("ns", name).clusterIp(clusterIp);
  }

  /** Endpoints on this node. */
  static SliceEndpoints endpoints(Protocol protocol, int port, String... addresses) {
    return endpoints(protocol, port, Conditions.AVAILABLE, NODE, addresses);
  }

  static SliceEndpoints endpoints(
      Protocol protocol, int port, Conditions conditions, String node, String... addresses) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (String address : addresses) {
      table.add(IpAddress.parse(address), conditions, node);
    }
    return new SliceEndpoints(
        "slice-" + protocol + port + node,
        false,
        List.of(new SliceEndpoints.Port(new EndpointPort("main", protocol), port)),
        table.build());
  }

  /** A web service over TCP: port 80 of 10.96.0.10 goes to port 8080. */
  static ServiceInfo web(String... addresses) {
    return service(
        settings("web", "10.96.0.10").port("main", Protocol.TCP, 80, 0),
        endpoints(Protocol.TCP, 8080, addresses));
  }

  /** A name service over UDP: port 53 of 10.96.0.11 goes to port 5353. */
  static ServiceInfo names(String... addresses) {
    return service(
        settings("names", "10.96.0.11").port("main", Protocol.UDP, 53, 0),
        endpoints(Protocol.UDP, 5353, addresses));
  }

  /** Who answers a TCP connection of an IPv4 or IPv6 socket, or the error number. */
  static String call(String host, int port) {
    return call(host, port, host.indexOf(':') >= 0);
  }

  static String call(String host, int port, boolean six) {
    try (NativeSocket socket = six ? NativeSocket.tcp6() : NativeSocket.tcp4()) {
      int error = socket.connect(host, port);
      return error == 0 ? socket.receive() : "error " + error;
    }
  }

  /** Who answers a datagram of a socket that is not connected, or the error number. */
  static String ask(NativeSocket socket, String host, int port) {
    int error = socket.sendTo(host, port, "?");
    return error == 0 ? socket.receive() : "error " + error;
  }

  /** A server that tells each client its name. */
  static AutoCloseable tcp(String address, int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getByName(address), port));
    Thread.ofVirtual()
        .start(() -> {
          while (true) {
            try (Socket client = server.accept()) {
              client.getOutputStream().write(address.getBytes(StandardCharsets.UTF_8));
            } catch (IOException _) {
              return;
            }
          }
        });
    return server;
  }

  /** A server that answers each datagram with its name. */
  static AutoCloseable udp(String address, int port) throws IOException {
    DatagramSocket server =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port));
    Thread.ofVirtual()
        .start(() -> {
          byte[] name = address.getBytes(StandardCharsets.UTF_8);
          while (true) {
            try {
              DatagramPacket packet = new DatagramPacket(new byte[100], 100);
              server.receive(packet);
              server.send(new DatagramPacket(name, name.length, packet.getSocketAddress()));
            } catch (IOException _) {
              return;
            }
          }
        });
    return server;
  }

  @Override
  public void close() {
    proxier.cleanup();
  }
}
