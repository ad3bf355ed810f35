// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.userspace.SteeringSockets;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.testing.Jvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A node's data plane as it is put together: programs for the sockets of a cgroup, and for all
 * other clients of this network namespace steering to the userspace proxier. Also a process of its
 * own, which ends with its parent.
 */
final class SteeredNode implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<IpAddress> NODE = List.of(IpAddress.parse(Bed.NODE_IP));

  final List<String> events = new ArrayList<>();
  final BpfProxier bpf;
  private final UserspaceProxier userspace;
  private final SilentSockets silent = SilentSockets.open();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  SteeredNode(BpfOptions options) throws IOException {
    ProxyEvents sink =
        (service, reason, message) -> events.add(service + " " + reason + " " + message);
    userspace =
        new UserspaceProxier(
            UserspaceOptions.of(Bed.NODE, NODE)
                .withClusterCidrs(options.clusterCidrs())
                .withFreeBind(true),
            sink,
            new ProxyMetrics());
    bpf =
        new BpfProxier(
            options, ProxyEvents.none(), new ProxyMetrics(), System::nanoTime, () -> NODE);
    SteeringSockets sockets = userspace.steer();
    bpf.steer(
        Steering.of(
                SteeringSockets.any(sockets.tcp4()),
                SteeringSockets.any(sockets.tcp6()),
                SteeringSockets.any(sockets.udp4()),
                SteeringSockets.any(sockets.udp6()))
            .withSilent(silent));
  }

  /** Makes these the services there are. */
  void publish(List<ServiceInfo> services) throws InterruptedException {
    ServiceSnapshot next = ServiceSnapshot.of(snapshot.revision() + 1, services, Set.of());
    Set<dev.fairway.service.ServiceName> changed = new java.util.HashSet<>();
    snapshot.services().forEach(service -> changed.add(service.name()));
    services.forEach(service -> changed.add(service.name()));
    SnapshotDelta delta = new SnapshotDelta(snapshot, next, changed);
    userspace.sync(delta);
    bpf.sync(delta);
    snapshot = next;
    assertThat(userspace.awaitApplied(next.revision(), PATIENCE)).isTrue();
    assertThat(bpf.awaitApplied(next.revision(), PATIENCE)).isTrue();
  }

  @Override
  public void close() {
    userspace.close();
    bpf.cleanup();
    silent.close();
  }

  /** Starts one in a process of its own, with pins, and waits until it serves. */
  static Process start(Path cgroup, Path pins) throws IOException {
    List<String> command = new ArrayList<>(Jvm.command(SteeredNode.class));
    command.addAll(List.of(cgroup.toString(), pins.toString()));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
    return process;
  }

  /** Serves what {@link RestartUnderLoadRootIT} asks for. */
  public static void main(String[] args) throws Exception {
    SteeredNode node = new SteeredNode(Bed.options(Path.of(args[0])).withPins(Path.of(args[1])));
    node.publish(RestartUnderLoadRootIT.services());
    System.out.println("ready");
    int _ = System.in.read();
    System.exit(0);
  }
}
