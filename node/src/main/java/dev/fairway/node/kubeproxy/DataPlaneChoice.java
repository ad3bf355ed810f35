// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.node.cluster.BpfDataPlane;
import dev.fairway.node.cluster.DataPlane;
import dev.fairway.node.cluster.ProxierFactory;
import dev.fairway.node.cluster.UserspaceDataPlane;
import dev.fairway.proxy.AddressGuard;
import dev.fairway.proxy.NodePortAddresses;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.bpf.BpfException;
import dev.fairway.proxy.bpf.BpfOptions;
import dev.fairway.proxy.bpf.BpfProxier;
import dev.fairway.proxy.bpf.BpfSelfTest;
import dev.fairway.proxy.bpf.BpfSupport;
import dev.fairway.proxy.bpf.CgroupTree;
import dev.fairway.proxy.bpf.SilentSockets;
import dev.fairway.proxy.bpf.Steering;
import dev.fairway.proxy.routes.Links;
import dev.fairway.proxy.routes.RoutedProxier;
import dev.fairway.proxy.routes.VipRoutes;
import dev.fairway.proxy.userspace.SteeringSockets;
import dev.fairway.proxy.userspace.TransparentRouting;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceOptions.Limits;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which data plane serves, and why.
 *
 * @param factory makes it
 * @param reason in words for a log, an Event and {@code /statusz}
 * @param inKernel whether eBPF programs serve
 * @param syncPeriod half of how long a change may wait before the proxy counts as unhealthy
 */
record DataPlaneChoice(
    ProxierFactory factory, String reason, boolean inKernel, Duration syncPeriod) {
  private static final System.Logger LOG = System.getLogger(DataPlaneChoice.class.getName());
  private static final Duration SELF_TEST_BOUND = Duration.ofSeconds(3);
  private static final Duration DEFAULT_MIN_SYNC = Duration.ofSeconds(1);
  private static final Duration MIN_INTERVAL = Duration.ofMillis(10);
  private static final Duration HAND_OVER = Duration.ofMillis(500);

  /**
   * Where the proxy stands.
   *
   * @param addresses of the node, the primary first
   * @param clusterRanges clients in them are inside of the cluster
   * @param reserved addresses that no Service may take, such as the API server's
   */
  record Place(
      String nodeName,
      List<IpAddress> addresses,
      List<IpPrefix> clusterRanges,
      Set<IpAddress> reserved) {}

  /**
   * Chooses.
   *
   * @param mayChange whether routes and rules of the machine may be changed
   * @param cgroup whose sockets eBPF programs serve, null for all of the machine
   * @throws ConfigException if the mode that is asked for cannot run here
   */
  static DataPlaneChoice choose(
      KubeProxyConfig config, Place place, boolean mayChange, @Nullable Path cgroup)
      throws ConfigException {
    UserspaceOptions options = options(config, place);
    StringBuilder reason = new StringBuilder();
    // Programs are started for it, which takes as long as the self-test.
    FutureTask<@Nullable String> transparent = new FutureTask<>(TransparentRouting::install);
    if (mayChange) {
      Thread.ofPlatform().daemon().name("transparent-routing").start(transparent);
    }
    Served bpfServes = bpfServes(config, mayChange, cgroup, reason);
    boolean routed = false;
    if (mayChange) {
      String notKept = await(transparent);
      if (notKept == null) {
        options = options.withKeepClientAddress(true);
      } else {
        reason
            .append("; endpoints see the node's address also with externalTrafficPolicy: Local: ")
            .append(notKept);
      }
      String notRouted = VipRoutes.unavailable();
      routed = notRouted == null;
      reason.append(
          routed
              ? "; routes make the addresses of Services local"
              : "; only addresses that this machine has are served: " + notRouted);
    } else {
      reason.append("; the machine is left as it is, only addresses that it has are served");
    }
    boolean withRoutes = routed;
    UserspaceOptions last = options.withFreeBind(routed);
    return new DataPlaneChoice(
        (events, metrics) -> {
          UserspaceProxier userspace =
              new UserspaceProxier(
                  last, events, metrics, System::nanoTime, machineAddresses(config));
          if (bpfServes == null) {
            return sockets(userspace, withRoutes, place, events, null);
          }
          BpfProxier bpf =
              new BpfProxier(
                  bpfOptions(last, bpfServes.cgroup()),
                  events,
                  new ProxyMetrics(),
                  System::nanoTime,
                  machineAddresses(config));
          AutoCloseable silent = bpfServes.steers() ? steer(userspace, bpf) : null;
          DataPlane sockets =
              sockets(userspace, withRoutes, place, events, silent == null ? null : bpf.guard());
          return new BpfDataPlane(bpf, sockets, silent == null ? () -> {} : silent);
        },
        reason.toString(),
        bpfServes != null,
        config.duration(
            field(
                config,
                ConfigField.IPTABLES_SYNC_PERIOD,
                ConfigField.NFTABLES_SYNC_PERIOD,
                ConfigField.IPVS_SYNC_PERIOD)));
  }

  private static @Nullable String await(FutureTask<@Nullable String> task) throws ConfigException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * What eBPF programs serve.
   *
   * @param cgroup whose sockets
   * @param steers whether packets of clients from elsewhere too
   */
  private record Served(Path cgroup, boolean steers) {}

  /** What eBPF programs serve, null if they do not; the reason says why. */
  private static @Nullable Served bpfServes(
      KubeProxyConfig config, boolean mayChange, @Nullable Path cgroup, StringBuilder reason)
      throws ConfigException {
    String mode = config.mode();
    if (mode.equals("userspace")) {
      reason.append("mode userspace as configured");
      return null;
    }
    boolean asked = mode.equals("ebpf");
    if (!mayChange) {
      if (asked) {
        throw new ConfigException("mode ebpf and --unprivileged exclude each other");
      }
      reason.append("mode userspace");
      return null;
    }
    Path served = cgroup == null ? CgroupTree.root().orElse(null) : cgroup;
    if (served == null) {
      String unavailable = BpfSupport.probe().reason();
      if (asked) {
        throw new ConfigException("mode ebpf: " + unavailable);
      }
      reason.append("mode userspace: ").append(unavailable);
      return null;
    }
    BpfSelfTest.Result test = selfTest(served);
    if (asked) {
      String unavailable = test.isOk() ? "" : BpfSupport.probe().reason();
      if (!unavailable.isEmpty()) {
        throw new ConfigException("mode ebpf: " + unavailable);
      }
      reason.append("mode ebpf as configured");
      if (!test.isOk()) {
        reason.append(", though its self-test failed (").append(test.failure()).append(')');
      }
    } else if (test.isOk()) {
      reason.append("mode ebpf: its self-test passed");
    } else {
      reason.append("mode userspace: ").append(test.failure());
      return null;
    }
    reason.append(", for the sockets of ").append(served);
    test.missing().forEach(missing -> reason.append("; ").append(missing));
    return new Served(served, test.canSteer());
  }

  /** What eBPF can do for the sockets below a cgroup. */
  private static BpfSelfTest.Result selfTest(Path cgroup) throws ConfigException {
    try {
      return BpfSelfTest.run(cgroup, SELF_TEST_BOUND);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigException("interrupted", e);
    }
  }

  private static BpfOptions bpfOptions(UserspaceOptions options, Path cgroup) {
    BpfOptions bpf =
        BpfOptions.of(options.node().nodeName(), options.nodeAddresses(), cgroup)
            .withRanges(options.clusterCidrs(), List.of())
            .withNodePortAddresses(options.nodePortAddresses());
    Path folder = PinFolder.find();
    return folder == null ? bpf : bpf.withPins(folder.resolve(options.node().nodeName()));
  }

  /**
   * Lets eBPF bring clients from elsewhere to a few sockets of the userspace proxier.
   *
   * @return what those who are to hear nothing are given to; null if each address has sockets of
   *     its own, as steering is not possible here
   */
  private static @Nullable SilentSockets steer(UserspaceProxier userspace, BpfProxier bpf) {
    try {
      SilentSockets silent = SilentSockets.open();
      SteeringSockets sockets = userspace.steer();
      bpf.steer(
          Steering.of(
                  SteeringSockets.any(sockets.tcp4()),
                  SteeringSockets.any(sockets.tcp6()),
                  SteeringSockets.any(sockets.udp4()),
                  SteeringSockets.any(sockets.udp6()))
              .withSilent(silent));
      // The rule of a process before this one, which had no better guard.
      Thread.ofVirtual().name("vip-guard").start(VipRoutes::removeGuard);
      return silent;
    } catch (IOException | BpfException e) {
      LOG.log(System.Logger.Level.WARNING, "every address of a Service has sockets of its own", e);
      return null;
    }
  }

  /**
   * Ordinary sockets.
   *
   * @param guard of addresses that are routed here; null for a rule of nftables
   */
  private static DataPlane sockets(
      UserspaceProxier userspace,
      boolean withRoutes,
      Place place,
      ProxyEvents events,
      @Nullable AddressGuard guard) {
    if (!withRoutes) {
      return new UserspaceDataPlane(userspace);
    }
    VipRoutes.Options options =
        new VipRoutes.Options(place.addresses(), place.reserved(), Links::ofMachine);
    VipRoutes routes;
    try {
      routes =
          guard == null ? VipRoutes.open(options, events) : VipRoutes.open(options, events, guard);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "addresses of Services are not made local", e);
      return new UserspaceDataPlane(userspace);
    }
    return new UserspaceDataPlane(userspace, new RoutedProxier(userspace, routes), routes::refresh);
  }

  private static UserspaceOptions options(KubeProxyConfig config, Place place) {
    Duration answered =
        or(
            config.duration(ConfigField.CONNTRACK_UDP_STREAM_TIMEOUT),
            or(
                config.mode().equals("ipvs")
                    ? config.duration(ConfigField.IPVS_UDP_TIMEOUT)
                    : Duration.ZERO,
                Limits.DEFAULT.udpIdle()));
    Duration unanswered =
        or(config.duration(ConfigField.CONNTRACK_UDP_TIMEOUT), Limits.DEFAULT.udpUnanswered());
    List<String> nodePorts = config.list(ConfigField.NODE_PORT_ADDRESSES);
    return UserspaceOptions.of(place.nodeName(), place.addresses())
        .withClusterCidrs(place.clusterRanges())
        .withNodePortAddresses(
            nodePorts.isEmpty() && config.mode().equals("nftables")
                ? List.of("primary")
                : nodePorts)
        .withLimits(Limits.DEFAULT.withUdpIdle(unanswered, answered))
        .withHandOver(HAND_OVER);
  }

  private static Duration or(Duration said, Duration otherwise) {
    return said.isZero() ? otherwise : said;
  }

  /** The addresses that node ports may be answered on. */
  private static Supplier<Collection<IpAddress>> machineAddresses(KubeProxyConfig config) {
    if (config.flag(ConfigField.IPTABLES_LOCALHOST_NODE_PORTS)
        || !config.list(ConfigField.NODE_PORT_ADDRESSES).isEmpty()) {
      return NodePortAddresses::ofMachine;
    }
    return () ->
        NodePortAddresses.ofMachine().stream().filter(DataPlaneChoice::isNoLoopback).toList();
  }

  private static boolean isNoLoopback(IpAddress address) {
    return address.isV4()
        ? address.lowBits() >>> 24 != 127
        : address.highBits() != 0 || address.lowBits() != 1;
  }

  /**
   * Least time between two syncs. kube-proxy's default spares the kernel what costs nothing here;
   * another value is meant.
   */
  static Duration minInterval(KubeProxyConfig config) {
    Duration said =
        config.duration(
            field(
                config,
                ConfigField.IPTABLES_MIN_SYNC_PERIOD,
                ConfigField.NFTABLES_MIN_SYNC_PERIOD,
                ConfigField.IPVS_MIN_SYNC_PERIOD));
    return said.equals(DEFAULT_MIN_SYNC) ? MIN_INTERVAL : said;
  }

  private static ConfigField field(
      KubeProxyConfig config, ConfigField iptables, ConfigField nftables, ConfigField ipvs) {
    return switch (config.mode()) {
      case "nftables" -> nftables;
      case "ipvs" -> ipvs;
      default -> iptables;
    };
  }
}
