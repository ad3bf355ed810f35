// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.NodeTopology;
import java.time.Duration;
import java.util.List;

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
    Limits limits) {
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
        Limits.DEFAULT);
  }

  /** The same in another zone. */
  public UserspaceOptions withZone(String zone) {
    return new UserspaceOptions(
        new NodeTopology(node.nodeName(), zone),
        nodeAddresses,
        clusterCidrs,
        serveVips,
        serveNodePorts,
        nodePortAddresses,
        eventLoops,
        connectTimeout,
        avoidFailed,
        limits);
  }

  /** The same with other ranges of pods. */
  public UserspaceOptions withClusterCidrs(List<IpPrefix> cidrs) {
    return new UserspaceOptions(
        node,
        nodeAddresses,
        cidrs,
        serveVips,
        serveNodePorts,
        nodePortAddresses,
        eventLoops,
        connectTimeout,
        avoidFailed,
        limits);
  }

  /** The same, serving only some kinds of addresses. */
  public UserspaceOptions withServed(boolean vips, boolean nodePorts) {
    return new UserspaceOptions(
        node,
        nodeAddresses,
        clusterCidrs,
        vips,
        nodePorts,
        nodePortAddresses,
        eventLoops,
        connectTimeout,
        avoidFailed,
        limits);
  }

  /** The same with node ports on other addresses. */
  public UserspaceOptions withNodePortAddresses(List<String> addresses) {
    return new UserspaceOptions(
        node,
        nodeAddresses,
        clusterCidrs,
        serveVips,
        serveNodePorts,
        addresses,
        eventLoops,
        connectTimeout,
        avoidFailed,
        limits);
  }

  /** The same with other limits. */
  public UserspaceOptions withLimits(Limits other) {
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
        other);
  }

  /**
   * Bounds.
   *
   * @param tcpFlows open TCP connections; more are reset
   * @param udpFlows open UDP flows; the one unused longest makes room
   * @param udpFlowsPerFrontend open UDP flows of one address and port
   * @param affinityRecords clients remembered for one service port
   * @param udpUnanswered how long a UDP flow lives that was never answered
   * @param udpIdle how long an answered UDP flow lives without traffic
   */
  public record Limits(
      int tcpFlows,
      int udpFlows,
      int udpFlowsPerFrontend,
      int affinityRecords,
      Duration udpUnanswered,
      Duration udpIdle) {
    /** Defaults: 65,536 connections, 16,384 UDP flows, conntrack's idle times of 30 s and 120 s. */
    public static final Limits DEFAULT =
        new Limits(65_536, 16_384, 8_192, 65_536, Duration.ofSeconds(30), Duration.ofSeconds(120));
  }
}
