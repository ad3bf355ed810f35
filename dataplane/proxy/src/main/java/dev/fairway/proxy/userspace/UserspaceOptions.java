// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.NodeTopology;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Settings of a {@link UserspaceProxier}.
 *
 * @param node where the proxy stands
 * @param nodeAddresses the node's own addresses, the primary first; clients that come from one of
 *     them count as inside the cluster
 * @param clusterCidrs ranges of the pods; clients in them count as inside the cluster
 * @param serveVips whether to answer ClusterIPs, external and load balancer IPs
 * @param serveNodePorts whether to answer node ports
 * @param nodePortAddresses CIDRs, {@code primary}, {@code localhost} or {@code all}: which
 *     addresses answer node ports; empty means all
 * @param eventLoops threads that carry traffic
 * @param connectTimeout how long one attempt to reach an endpoint may take
 * @param avoidFailed how long an endpoint that refused a connection is passed over
 * @param limits bounds on what clients can make the proxy hold
 * @param handOver how long a proxier that is being closed goes on accepting while its successor,
 *     another process of the same user, takes over its addresses; zero for addresses that are not
 *     shared
 * @param keepClientAddress whether endpoints of the node see the address of a client from outside
 *     where {@code externalTrafficPolicy: Local} promises it; needs CAP_NET_ADMIN and what {@link
 *     TransparentRouting} installs
 * @param freeBind whether IPv6 addresses may be bound that are routed to this machine without being
 *     one of its own, which Linux allows of IPv4 anyway
 */
public record UserspaceOptions(
    NodeTopology node,
    List<IpAddress> nodeAddresses,
    List<IpPrefix> clusterCidrs,
    boolean serveVips,
    boolean serveNodePorts,
    List<String> nodePortAddresses,
    int eventLoops,
    Duration connectTimeout,
    Duration avoidFailed,
    Limits limits,
    Duration handOver,
    boolean keepClientAddress,
    boolean freeBind) {
  public UserspaceOptions {
    nodeAddresses = List.copyOf(nodeAddresses);
    clusterCidrs = List.copyOf(clusterCidrs);
    nodePortAddresses = List.copyOf(nodePortAddresses);
    if (eventLoops < 1) {
      throw new IllegalArgumentException("eventLoops must be at least 1, not " + eventLoops);
    }
  }

  /** A proxier of VIPs and of the node ports of the given node addresses. */
  public static UserspaceOptions of(String nodeName, List<IpAddress> nodeAddresses) {
    return new UserspaceOptions(
        new NodeTopology(nodeName, ""),
        nodeAddresses,
        List.of(),
        true,
        true,
        List.of("primary"),
        Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors())),
        Duration.ofSeconds(5),
        Duration.ofSeconds(2),
        Limits.DEFAULT,
        Duration.ZERO,
        false,
        false);
  }

  /** The same in another zone. */
  public UserspaceOptions withZone(String zone) {
    return with(copy -> copy.node = new NodeTopology(node.nodeName(), zone));
  }

  /** The same with another number of threads that carry traffic, at least 1. */
  public UserspaceOptions withEventLoops(int loops) {
    return with(copy -> copy.eventLoops = loops);
  }

  /** The same with other ranges of pods. */
  public UserspaceOptions withClusterCidrs(List<IpPrefix> cidrs) {
    return with(copy -> copy.clusterCidrs = cidrs);
  }

  /** The same, serving only some kinds of addresses. */
  public UserspaceOptions withServed(boolean vips, boolean nodePorts) {
    return with(copy -> {
      copy.serveVips = vips;
      copy.serveNodePorts = nodePorts;
    });
  }

  /** The same with node ports on other addresses. */
  public UserspaceOptions withNodePortAddresses(List<String> addresses) {
    return with(copy -> copy.nodePortAddresses = addresses);
  }

  /** The same with other limits. */
  public UserspaceOptions withLimits(Limits other) {
    return with(copy -> copy.limits = other);
  }

  /** The same with other times for reaching an endpoint and for passing over one that failed. */
  public UserspaceOptions withDialTimes(Duration connect, Duration avoid) {
    return with(copy -> {
      copy.connectTimeout = connect;
      copy.avoidFailed = avoid;
    });
  }

  /** The same, sharing its addresses with a predecessor and with a successor. */
  public UserspaceOptions withHandOver(Duration time) {
    return with(copy -> copy.handOver = time);
  }

  /** The same, keeping the addresses of clients or not. */
  public UserspaceOptions withKeepClientAddress(boolean keep) {
    return with(copy -> copy.keepClientAddress = keep);
  }

  /** The same, binding IPv6 addresses that are only routed or not. */
  public UserspaceOptions withFreeBind(boolean free) {
    return with(copy -> copy.freeBind = free);
  }

  private UserspaceOptions with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.build();
  }

  /** The settings while some of them change. */
  private static final class Copy {
    private NodeTopology node;
    private final List<IpAddress> nodeAddresses;
    private List<IpPrefix> clusterCidrs;
    private boolean serveVips;
    private boolean serveNodePorts;
    private List<String> nodePortAddresses;
    private int eventLoops;
    private Duration connectTimeout;
    private Duration avoidFailed;
    private Limits limits;
    private Duration handOver;
    private boolean keepClientAddress;
    private boolean freeBind;

    Copy(UserspaceOptions of) {
      node = of.node;
      nodeAddresses = of.nodeAddresses;
      clusterCidrs = of.clusterCidrs;
      serveVips = of.serveVips;
      serveNodePorts = of.serveNodePorts;
      nodePortAddresses = of.nodePortAddresses;
      eventLoops = of.eventLoops;
      connectTimeout = of.connectTimeout;
      avoidFailed = of.avoidFailed;
      limits = of.limits;
      handOver = of.handOver;
      keepClientAddress = of.keepClientAddress;
      freeBind = of.freeBind;
    }

    UserspaceOptions build() {
      return new UserspaceOptions(
          node,
          nodeAddresses,
          clusterCidrs,
          serveVips,
          serveNodePorts,
          nodePortAddresses,
          eventLoops,
          connectTimeout,
          avoidFailed,
          limits,
          handOver,
          keepClientAddress,
          freeBind);
    }
  }

  /**
   * Bounds.
   *
   * <p>Once 15/16 of a bound of connections are open, or of the process's descriptors (of which a
   * connection takes two, and 1,024 are left over at most), each new connection closes the oldest
   * one in which neither side sent a byte for a second or more. Connections that carried a byte are
   * never closed for others.
   *
   * @param tcpFlows open TCP connections; more are reset
   * @param tcpFlowsPerService open TCP connections of one Service; more are reset
   * @param udpFlows open UDP flows; the one unused longest makes room
   * @param udpFlowsPerService open UDP flows of one Service; the one unused longest of the same
   *     address makes room
   * @param affinityRecords clients remembered for one service port
   * @param udpUnanswered how long a UDP flow lives that was never answered
   * @param udpIdle how long an answered UDP flow lives without traffic
   * @param halfClosedIdle how long a TCP connection lives without traffic after one side closed
   */
  public record Limits(
      int tcpFlows,
      int tcpFlowsPerService,
      int udpFlows,
      int udpFlowsPerService,
      int affinityRecords,
      Duration udpUnanswered,
      Duration udpIdle,
      Duration halfClosedIdle) {
    /**
     * Defaults: 65,536 connections, half of them for one Service; 16,384 UDP flows, half of them
     * for one Service; conntrack's idle times: 30 s and 120 s for UDP, an hour for half-closed TCP.
     */
    public static final Limits DEFAULT =
        new Limits(
            65_536,
            32_768,
            16_384,
            8_192,
            65_536,
            Duration.ofSeconds(30),
            Duration.ofSeconds(120),
            Duration.ofHours(1));

    /** The same with other bounds of TCP connections. */
    public Limits withTcp(int all, int ofService) {
      return new Limits(
          all,
          ofService,
          udpFlows,
          udpFlowsPerService,
          affinityRecords,
          udpUnanswered,
          udpIdle,
          halfClosedIdle);
    }

    /** The same with other bounds of UDP flows. */
    public Limits withUdp(int all, int ofService) {
      return new Limits(
          tcpFlows,
          tcpFlowsPerService,
          all,
          ofService,
          affinityRecords,
          udpUnanswered,
          udpIdle,
          halfClosedIdle);
    }

    /** The same with other idle times of UDP flows. */
    public Limits withUdpIdle(Duration unanswered, Duration answered) {
      return new Limits(
          tcpFlows,
          tcpFlowsPerService,
          udpFlows,
          udpFlowsPerService,
          affinityRecords,
          unanswered,
          answered,
          halfClosedIdle);
    }

    /** The same with another idle time of half-closed connections. */
    public Limits withHalfClosedIdle(Duration idle) {
      return new Limits(
          tcpFlows,
          tcpFlowsPerService,
          udpFlows,
          udpFlowsPerService,
          affinityRecords,
          udpUnanswered,
          udpIdle,
          idle);
    }
  }
}
