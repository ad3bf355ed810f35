// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How the proxy of a node is configured in a {@link ServiceScenario}. */
public enum NodeSetup {
  /** The ranges of the pods are known; node ports are served at the node's first address. */
  PRIMARY,
  /** As {@link #PRIMARY}, but nobody said where pods are. */
  NO_POD_RANGES,
  /** Node ports are served in two ranges, in each of which the node has an address. */
  NODE_PORT_RANGES,
  /** Node ports are served at the node's first address and at the loopback addresses. */
  NODE_PORT_LOCALHOST;

  /** The name of the node. */
  public static final String NODE = "node";

  /** The ranges of the pods in the families of the plans. */
  public List<IpPrefix> podRanges(List<AddressPlan> plans) {
    return this == NO_POD_RANGES ? List.of() : plans.stream().map(p -> p.range("PODS")).toList();
  }

  /** kube-proxy's setting {@code nodePortAddresses}. */
  public List<String> nodePortSetting(List<AddressPlan> plans) {
    return switch (this) {
      case PRIMARY, NO_POD_RANGES -> List.of("primary");
      case NODE_PORT_LOCALHOST -> List.of("primary", "localhost");
      case NODE_PORT_RANGES -> {
        List<String> ranges = new ArrayList<>();
        for (AddressPlan plan : plans) {
          ranges.add(plan.range("NODES").toString());
          ranges.add(plan.range("ALTS").toString());
        }
        yield List.copyOf(ranges);
      }
    };
  }

  /** The addresses that the setting means. */
  public Set<IpAddress> nodePortAddresses(List<AddressPlan> plans) {
    Set<IpAddress> addresses = new LinkedHashSet<>();
    for (AddressPlan plan : plans) {
      addresses.add(plan.address("NODE"));
      switch (this) {
        case PRIMARY, NO_POD_RANGES -> {}
        case NODE_PORT_RANGES -> addresses.add(plan.address("ALT"));
        case NODE_PORT_LOCALHOST -> addresses.add(plan.address("LOOPBACK"));
      }
    }
    return addresses;
  }

  /** The addresses of all interfaces of the node. */
  public List<IpAddress> machineAddresses(List<AddressPlan> plans) {
    List<IpAddress> addresses = new ArrayList<>();
    for (AddressPlan plan : plans) {
      for (String party : List.of("NODE", "ALT", "LOOPBACK")) {
        addresses.add(plan.address(party));
      }
    }
    return addresses;
  }
}
