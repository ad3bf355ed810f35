// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A proxier with a hand on its snapshots, its clock and its events. */
final class Rig implements AutoCloseable {
  static final String NODE = "node-1";
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int FIRST_PORT = 12_000;
  private static final int PORTS = 18_000;

  /** Processes start at different ports, so that they seldom want the same one. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 613 % PORTS));

  final ProxyMetrics metrics = new ProxyMetrics();
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  final AtomicLong skippedNanos = new AtomicLong();
  final UserspaceProxier proxier;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  Rig() {
    this(options());
  }

  Rig(UserspaceOptions options) {
    this(options, List.of());
  }

  /** On a transport of choice, for what all of them owe. */
  Rig(Transport transport) {
    this(options(), List.of(), transport);
  }

  /** The transports of this machine. */
  static Set<Transport> transports() {
    return EnumSet.of(Transport.available(), Transport.NIO);
  }

  Rig(UserspaceOptions options, List<IpAddress> machineAddresses) {
    this(options, machineAddresses, Transport.available());
  }

  Rig(UserspaceOptions options, List<IpAddress> machineAddresses, Transport transport) {
    ProxyEvents sink =
        (service, reason, message) -> events.add(service + " " + reason + " " + message);
    proxier =
        new UserspaceProxier(
            options,
            sink,
            metrics,
            () -> System.nanoTime() + skippedNanos.get(),
            () -> machineAddresses,
            transport);
  }

  static UserspaceOptions options() {
    return UserspaceOptions.of(NODE, List.of(IpAddress.parse("127.0.0.1")));
  }

  /** Publishes a service and waits until it is programmed. */
  void publish(ServiceSettingsBuilder settings, SliceEndpoints... slices) {
    publish(new ServiceInfo(settings.build(), List.of(slices)));
  }

  /** As the other. */
  void publish(ServiceInfo service) {
    apply(service.name(), service);
  }

  void remove(String namespace, String name) {
    apply(new ServiceName(namespace, name), null);
  }

  private void apply(ServiceName name, @Nullable ServiceInfo service) {
    Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
    changes.put(name, service);
    ServiceSnapshot next = snapshot.with(snapshot.revision() + 1, changes, Set.of());
    proxier.sync(new SnapshotDelta(snapshot, next, Set.of(name)));
    snapshot = next;
    try {
      if (!proxier.awaitApplied(next.revision(), PATIENCE)) {
        throw new AssertionError("not applied: " + next);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static SliceEndpoints slice(String name, Protocol protocol, int port, Ep... endpoints) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (Ep endpoint : endpoints) {
      table.add(IpAddress.parse(endpoint.address), endpoint.conditions, endpoint.node);
    }
    return new SliceEndpoints(
        name,
        false,
        List.of(new SliceEndpoints.Port(new EndpointPort("main", protocol), port)),
        table.build());
  }

  static SliceEndpoints tcp(int port, Ep... endpoints) {
    return slice("s-" + port, Protocol.TCP, port, endpoints);
  }

  /** Endpoints of which each is hinted for a zone. */
  static SliceEndpoints zoned(int port, List<String> addresses, List<String> zones) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 0; i < addresses.size(); i++) {
      table.add(
          IpAddress.parse(addresses.get(i)),
          Conditions.AVAILABLE,
          NODE,
          zones.get(i),
          null,
          null,
          List.of(zones.get(i)),
          List.of());
    }
    return new SliceEndpoints(
        "zoned",
        false,
        List.of(new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), port)),
        table.build());
  }

  /** The step from the last snapshot to itself. */
  SnapshotDelta unchanged() {
    return new SnapshotDelta(snapshot, snapshot, Set.of());
  }

  static Ep ready(String address) {
    return new Ep(address, Conditions.AVAILABLE, NODE);
  }

  static Ep remote(String address) {
    return new Ep(address, Conditions.AVAILABLE, "node-2");
  }

  static Ep unready(String address) {
    return new Ep(address, Conditions.UNAVAILABLE, NODE);
  }

  record Ep(String address, Conditions conditions, String node) {}

  /** A port that nobody listens on at any loopback address right now. */
  static int freePort() {
    return freePorts(1).get(0);
  }

  static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(address, port);
  }

  /**
   * Distinct ports that are free for TCP and UDP at all addresses. They lie below those that the
   * kernel gives to clients, of which thousands may be taken for a minute by connections that
   * ended.
   */
  static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int attempt = 0; attempt < PORTS && ports.size() < count; attempt++) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      if (isFree(port)) {
        ports.add(port);
      }
    }
    if (ports.size() < count) {
      throw new AssertionError("no free ports");
    }
    return ports;
  }

  private static boolean isFree(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getByName("0.0.0.0"));
        DatagramSocket _ =
            new DatagramSocket(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), port))) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public void close() {
    proxier.close();
  }
}
