// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.node.runtime.AddressOffset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What {@code fairway up} was asked for.
 *
 * @param stateDir absolute
 * @param nodes how many nodes, 1 to 15
 * @param apiPort 0 for any free port, as with the other ports
 * @param nodeMonitorGracePeriod how long a node may be silent before its pods count as lost
 */
public record ClusterConfig(
    Path stateDir,
    int nodes,
    int apiPort,
    int dnsPort,
    int httpPort,
    int httpsPort,
    Duration nodeMonitorGracePeriod) {
  /** The ranges of 127.0.0.0/8 for the pods of nodes are counted up to 127.78.0.0/16. */
  public static final int MAX_NODES = 15;

  /** As words that {@link #fromArguments} reads; between processes of one program. */
  public List<String> toArguments() {
    return List.of(
        stateDir.toString(),
        Integer.toString(nodes),
        Integer.toString(apiPort),
        Integer.toString(dnsPort),
        Integer.toString(httpPort),
        Integer.toString(httpsPort),
        Long.toString(nodeMonitorGracePeriod.toMillis()));
  }

  /** What {@link #toArguments} wrote. */
  public static ClusterConfig fromArguments(List<String> words) {
    return new ClusterConfig(
        Path.of(words.get(0)),
        Integer.parseInt(words.get(1)),
        Integer.parseInt(words.get(2)),
        Integer.parseInt(words.get(3)),
        Integer.parseInt(words.get(4)),
        Integer.parseInt(words.get(5)),
        Duration.ofMillis(Long.parseLong(words.get(6))));
  }

  /** Heartbeats come often enough that two may be lost. */
  public Duration heartbeat() {
    Duration quarter = nodeMonitorGracePeriod.dividedBy(4);
    return quarter.compareTo(Duration.ofSeconds(10)) < 0 ? quarter : Duration.ofSeconds(10);
  }

  /** The name of node k, from 1. */
  public static String nodeName(int k) {
    return "node-" + k;
  }

  /** The InternalIP of node k. */
  public static String nodeAddress(int k) {
    return "127.0.0." + k;
  }

  /** Where the pods of node k get their addresses from. */
  public static String podCidr(int k) {
    return "127." + (63 + k) + ".0.0/16";
  }

  /** Where LoadBalancer addresses come from: a part of the pool first, then all of it. */
  List<String> loadBalancerPool() {
    int offset = AddressOffset.of(stateDir);
    return offset == 0
        ? List.of("127.112.0.0/16")
        : List.of("127.112." + offset + ".0/24", "127.112.0.0/16");
  }

  /** The ClusterIP of the DNS, the tenth of the range as kubeadm has it. */
  String dnsClusterIp() {
    return "127.96." + AddressOffset.of(stateDir) + ".10";
  }
}
