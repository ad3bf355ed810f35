// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.NodeTopology;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link BpfProxier}.
 *
 * @param node where the proxy stands
 * @param nodeAddresses the node's own addresses, the primary first
 * @param clusterCidrs ranges of the pods; packets from there count as inside the cluster
 * @param serviceCidrs ranges of ClusterIPs; connections to addresses in them that no service has
 *     are dropped
 * @param nodePortAddresses CIDRs, {@code primary}, {@code localhost} or {@code all}: which
 *     addresses answer node ports; empty means all
 * @param cgroup whose sockets, with those of all cgroups below, are served
 * @param pins directory in a BPF file system where programs and maps survive a restart; null for
 *     programs that end with the process
 * @param failFast whether connections that are dropped fail with EHOSTUNREACH at once; else they
 *     time out
 * @param affinityRecords clients that are remembered, the least recently seen are forgotten first
 */
public record BpfOptions(
    NodeTopology node,
    List<IpAddress> nodeAddresses,
    List<IpPrefix> clusterCidrs,
    List<IpPrefix> serviceCidrs,
    List<String> nodePortAddresses,
    Path cgroup,
    @Nullable Path pins,
    boolean failFast,
    int affinityRecords) {
  /** Where pins are kept on a node. */
  public static final Path DEFAULT_PINS = Path.of("/sys/fs/bpf/fairway");

  public BpfOptions {
    nodeAddresses = List.copyOf(nodeAddresses);
    clusterCidrs = List.copyOf(clusterCidrs);
    serviceCidrs = List.copyOf(serviceCidrs);
    nodePortAddresses = List.copyOf(nodePortAddresses);
    if (affinityRecords < 1) {
      throw new IllegalArgumentException("affinityRecords must be at least 1: " + affinityRecords);
    }
  }

  /** A proxier for the sockets of a cgroup that ends with the process. */
  public static BpfOptions of(String nodeName, List<IpAddress> nodeAddresses, Path cgroup) {
    return new BpfOptions(
        new NodeTopology(nodeName, ""),
        nodeAddresses,
        List.of(),
        List.of(),
        List.of("primary"),
        cgroup,
        null,
        false,
        65_536);
  }

  /** The same in another zone. */
  public BpfOptions withZone(String zone) {
    return new BpfOptions(
        new NodeTopology(node.nodeName(), zone),
        nodeAddresses,
        clusterCidrs,
        serviceCidrs,
        nodePortAddresses,
        cgroup,
        pins,
        failFast,
        affinityRecords);
  }

  /** The same with other ranges of pods and ClusterIPs. */
  public BpfOptions withRanges(List<IpPrefix> pods, List<IpPrefix> services) {
    return new BpfOptions(
        node,
        nodeAddresses,
        pods,
        services,
        nodePortAddresses,
        cgroup,
        pins,
        failFast,
        affinityRecords);
  }

  /** The same with node ports on other addresses. */
  public BpfOptions withNodePortAddresses(List<String> addresses) {
    return new BpfOptions(
        node,
        nodeAddresses,
        clusterCidrs,
        serviceCidrs,
        addresses,
        cgroup,
        pins,
        failFast,
        affinityRecords);
  }

  /** The same, surviving the process. */
  public BpfOptions withPins(Path directory) {
    return new BpfOptions(
        node,
        nodeAddresses,
        clusterCidrs,
        serviceCidrs,
        nodePortAddresses,
        cgroup,
        directory,
        failFast,
        affinityRecords);
  }

  /** The same, failing fast or not. */
  public BpfOptions withFailFast(boolean value) {
    return new BpfOptions(
        node,
        nodeAddresses,
        clusterCidrs,
        serviceCidrs,
        nodePortAddresses,
        cgroup,
        pins,
        value,
        affinityRecords);
  }
}
