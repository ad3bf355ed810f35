// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.api.Node;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The addresses of a node, as kube-proxy finds them. */
final class NodeAddresses {
  private NodeAddresses() {}

  /**
   * What the Node object says: internal addresses before external ones, the first, and the first of
   * the other family.
   */
  static List<IpAddress> of(Node node) {
    List<IpAddress> all = new ArrayList<>();
    for (String type : List.of("InternalIP", "ExternalIP")) {
      for (Node.Address address : node.status().addresses()) {
        IpAddress parsed =
            address.type().equals(type) ? IpAddress.tryParse(address.address()) : null;
        if (parsed != null) {
          all.add(parsed);
        }
      }
    }
    if (all.isEmpty()) {
      return List.of();
    }
    IpAddress first = all.getFirst();
    for (IpAddress other : all) {
      if (other.family() != first.family()) {
        return List.of(first, other);
      }
    }
    return List.of(first);
  }

  /**
   * The addresses to go by, the primary first.
   *
   * @param bindAddress overrides the one of its family and makes that the primary family, unless it
   *     is 0.0.0.0 or ::
   * @param known of the Node object, the primary first; empty if there is none
   */
  static List<IpAddress> detect(IpAddress bindAddress, List<IpAddress> known) {
    if (!isUnspecified(bindAddress)) {
      List<IpAddress> addresses = new ArrayList<>(List.of(bindAddress));
      for (IpAddress other : known) {
        if (other.family() != bindAddress.family()) {
          addresses.add(other);
        }
      }
      return List.copyOf(addresses);
    }
    if (!known.isEmpty()) {
      return List.copyOf(known);
    }
    return List.of(IpAddress.parse(bindAddress.isV4() ? "127.0.0.1" : "::1"));
  }

  private static boolean isUnspecified(IpAddress address) {
    return address.highBits() == 0 && address.lowBits() == 0;
  }

  /** The ranges of the node's pods, empty if it has none yet. */
  static List<IpPrefix> podCidrs(@Nullable Node node) {
    List<IpPrefix> ranges = new ArrayList<>();
    if (node != null) {
      List<String> texts =
          node.spec().podCIDRs().isEmpty() && !node.spec().podCIDR().isEmpty()
              ? List.of(node.spec().podCIDR())
              : node.spec().podCIDRs();
      for (String text : texts) {
        IpPrefix range = IpPrefix.tryParse(text);
        if (range != null) {
          ranges.add(range);
        }
      }
    }
    return List.copyOf(ranges);
  }
}
