// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.api.Node;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which clients count as inside of the cluster. A socket does not tell by which interface a packet
 * came, so the modes that go by interfaces go by what is routed to them, and by the node's own
 * ranges of pods.
 */
final class LocalDetection {
  private static final int UP = 1;

  private LocalDetection() {}

  /**
   * The ranges of such clients.
   *
   * @param podCidrs of the node, as far as its pods have addresses of them
   * @param root "/", or another folder that stands for it
   */
  static List<IpPrefix> ranges(KubeProxyConfig config, List<IpPrefix> podCidrs, Path root) {
    String bridge = config.text(ConfigField.BRIDGE_INTERFACE);
    String prefix = config.text(ConfigField.INTERFACE_NAME_PREFIX);
    return switch (config.text(ConfigField.DETECT_LOCAL_MODE)) {
      case "NodeCIDR" -> podCidrs;
      case "BridgeInterface" -> join(podCidrs, routed(root, bridge::equals));
      case "InterfaceNamePrefix" -> join(podCidrs, routed(root, name -> name.startsWith(prefix)));
      default -> ownPart(clusterCidrs(config), podCidrs);
    };
  }

  /** Whether a node that has no ranges of pods yet is likely to have some in a moment. */
  static boolean waitsForPodCidrs(KubeProxyConfig config, @Nullable Node node) {
    return !clusterCidrs(config).isEmpty()
        && node != null
        && NodeAddresses.podCidrs(node).isEmpty()
        && isNew(node)
        && followsPodCidrs(node);
  }

  /** A node that has run pods has its ranges, or will never have any. */
  private static boolean isNew(Node node) {
    return node.status().conditions().stream()
        .noneMatch(
            condition -> condition.type().equals("Ready") && condition.status().equals("True"));
  }

  /**
   * Whether the pods of a node have addresses of its {@code spec.podCIDRs}: not where the network
   * plugin keeps ranges of its own, as Calico and Cilium may.
   */
  static boolean followsPodCidrs(@Nullable Node node) {
    return node == null
        || node.metadata().annotations().keySet().stream()
            .noneMatch(key ->
                key.startsWith("projectcalico.org/") || key.startsWith("network.cilium.io/"));
  }

  /**
   * Of the cluster's ranges, what the node's pods have; all of a range of which they have nothing.
   * A pod of another node that asks for a node port here is a client from outside: it did not get
   * past its own node's proxy to be let off a Local policy.
   */
  private static List<IpPrefix> ownPart(List<IpPrefix> cluster, List<IpPrefix> podCidrs) {
    List<IpPrefix> ranges = new ArrayList<>();
    for (IpPrefix range : cluster) {
      List<IpPrefix> own =
          podCidrs.stream()
              .filter(pods -> pods.length() >= range.length() && range.contains(pods.address()))
              .toList();
      ranges.addAll(own.isEmpty() ? List.of(range) : own);
    }
    return List.copyOf(ranges);
  }

  private static List<IpPrefix> clusterCidrs(KubeProxyConfig config) {
    List<IpPrefix> ranges = new ArrayList<>();
    for (String text : config.text(ConfigField.CLUSTER_CIDR).split(",", -1)) {
      IpPrefix range = IpPrefix.tryParse(text);
      if (range != null) {
        ranges.add(range);
      }
    }
    return List.copyOf(ranges);
  }

  private static List<IpPrefix> join(List<IpPrefix> first, List<IpPrefix> second) {
    Set<IpPrefix> all = new LinkedHashSet<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  /** What is routed to the interfaces with such names, but for default and link-local routes. */
  private static List<IpPrefix> routed(Path root, Predicate<String> name) {
    List<IpPrefix> ranges = new ArrayList<>();
    for (String[] words : table(root.resolve("proc/net/route"))) {
      if (words.length > 7 && name.test(words[0]) && (hex(words[3]) & UP) != 0) {
        int length = Integer.bitCount((int) hex(words[7]));
        // The kernel prints the number as the machine stores it.
        int address =
            ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt((int) hex(words[1]))
                .order(ByteOrder.BIG_ENDIAN)
                .getInt(0);
        if (length > 0) {
          ranges.add(new IpPrefix(IpAddress.ofIpv4(address), length));
        }
      }
    }
    for (String[] words : table(root.resolve("proc/net/ipv6_route"))) {
      if (words.length > 9 && name.test(words[9]) && (hex(words[8]) & UP) != 0) {
        IpAddress address = IpAddress.ofBytes(HexFormat.of().parseHex(words[0]));
        int length = (int) hex(words[1]);
        if (length > 0 && !address.isV4() && address.highBits() >>> 54 != 0x3fa && length > 8) {
          ranges.add(new IpPrefix(address, length));
        }
      }
    }
    return ranges;
  }

  private static List<String[]> table(Path file) {
    try {
      return Files.readAllLines(file).stream().map(line -> line.strip().split("\\s+")).toList();
    } catch (IOException _) {
      // No such family.
      return List.of();
    }
  }

  /** A number in hexadecimal digits, 0 where there is none: a heading. */
  private static long hex(String digits) {
    try {
      return Long.parseLong(digits, 16);
    } catch (NumberFormatException _) {
      return 0;
    }
  }
}
