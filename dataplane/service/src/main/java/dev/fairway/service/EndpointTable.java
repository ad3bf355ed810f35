// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one slice as columns, less than 15 bytes an endpoint; ports live on the slice.
 * Rows are of one address family and sorted as the text {@code address:} sorts. Immutable.
 */
public final class EndpointTable {
  /** Rows of one table; a bigger slice takes several. */
  static final int MAX_ROWS = 1 << EndpointSet.ROW_BITS;

  static final int READY = 1;
  static final int SERVING = 2;
  static final int TERMINATING = 4;

  private static final int[] NO_IPV4 = {};
  private static final long[] NO_IPV6 = {};

  private final int[] ipv4;
  private final long[] ipv6;
  private final EndpointTraits[] traits;
  private final @Nullable NameColumn hostnames;
  private final @Nullable NameColumn podNames;

  private EndpointTable(
      int[] ipv4,
      long[] ipv6,
      EndpointTraits[] traits,
      @Nullable NameColumn hostnames,
      @Nullable NameColumn podNames) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.traits = traits;
    this.hostnames = hostnames;
    this.podNames = podNames;
  }

  int size() {
    return traits.length;
  }

  boolean isV4() {
    return ipv4.length > 0;
  }

  int ipv4(int row) {
    return ipv4[row];
  }

  IpAddress address(int row) {
    return isV4()
        ? IpAddress.ofIpv4(ipv4[row])
        : IpAddress.ofIpv6(ipv6[2 * row], ipv6[2 * row + 1]);
  }

  boolean isSameAddress(int row, EndpointTable other, int otherRow) {
    if (isV4()) {
      return other.isV4() && ipv4[row] == other.ipv4[otherRow];
    }
    return !other.isV4()
        && ipv6[2 * row] == other.ipv6[2 * otherRow]
        && ipv6[2 * row + 1] == other.ipv6[2 * otherRow + 1];
  }

  /** Whether two rows have the same address. */
  boolean hasRepeats() {
    for (int row = 1; row < traits.length; row++) {
      if (isSameAddress(row, this, row - 1)) {
        return true;
      }
    }
    return false;
  }

  int conditions(int row) {
    return traits[row].conditions();
  }

  @Nullable String nodeName(int row) {
    return traits[row].nodeName();
  }

  @Nullable String zone(int row) {
    return traits[row].zone();
  }

  List<String> zoneHints(int row) {
    return traits[row].zoneHints();
  }

  List<String> nodeHints(int row) {
    return traits[row].nodeHints();
  }

  @Nullable String hostname(int row) {
    return hostnames == null ? null : hostnames.get(row);
  }

  @Nullable String podName(int row) {
    return podNames == null ? null : podNames.get(row);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof EndpointTable other
        && Arrays.equals(ipv4, other.ipv4)
        && Arrays.equals(ipv6, other.ipv6)
        && Arrays.equals(traits, other.traits)
        && Objects.equals(hostnames, other.hostnames)
        && Objects.equals(podNames, other.podNames);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ipv4) * 31 + Arrays.hashCode(ipv6);
  }

  /** Collects the endpoints of one slice after another; single-threaded. */
  public static final class Builder {
    private static final int MAX_SHARED = 65_536;

    private final Map<EndpointTraits, EndpointTraits> shared = new HashMap<>();
    private final List<IpAddress> addresses = new ArrayList<>();
    private final List<EndpointTraits> traits = new ArrayList<>();
    private final List<@Nullable String> hostnames = new ArrayList<>();
    private final List<@Nullable String> podNames = new ArrayList<>();

    /**
     * Adds an endpoint.
     *
     * @param nodeName null where unknown, which means not local
     * @param zoneHints zones that should use it, empty for no hint
     * @param nodeHints nodes that should use it, empty for no hint
     */
    public Builder add(
        IpAddress address,
        Conditions conditions,
        @Nullable String nodeName,
        @Nullable String zone,
        @Nullable String hostname,
        @Nullable String podName,
        List<String> zoneHints,
        List<String> nodeHints) {
      addresses.add(address);
      traits.add(
          share(new EndpointTraits(conditions.bits(), nodeName, zone, zoneHints, nodeHints)));
      hostnames.add(hostname);
      podNames.add(podName);
      return this;
    }

    /** Adds an endpoint that has an address, conditions and a node. */
    public Builder add(IpAddress address, Conditions conditions, @Nullable String nodeName) {
      return add(address, conditions, nodeName, null, null, null, List.of(), List.of());
    }

    private EndpointTraits share(EndpointTraits wanted) {
      if (shared.size() >= MAX_SHARED) {
        shared.clear();
      }
      EndpointTraits present = shared.putIfAbsent(wanted, wanted);
      return present == null ? wanted : present;
    }

    /** The tables; no rows give no tables. The builder is empty afterwards. */
    public List<EndpointTable> build() {
      List<EndpointTable> tables = new ArrayList<>(1);
      int[] order = TextOrder.sort(addresses);
      int from = 0;
      while (from < order.length) {
        int to = from + 1;
        boolean v4 = addresses.get(order[from]).isV4();
        while (to < order.length && to - from < MAX_ROWS && addresses.get(order[to]).isV4() == v4) {
          to++;
        }
        tables.add(table(order, from, to, v4));
        from = to;
      }
      clear();
      return tables.size() == 1 ? List.of(tables.get(0)) : List.copyOf(tables);
    }

    /** Forgets what was added. */
    public void clear() {
      addresses.clear();
      traits.clear();
      hostnames.clear();
      podNames.clear();
    }

    private EndpointTable table(int[] order, int from, int to, boolean v4) {
      int size = to - from;
      int[] ipv4 = v4 ? new int[size] : NO_IPV4;
      long[] ipv6 = v4 ? NO_IPV6 : new long[2 * size];
      EndpointTraits[] sorted = new EndpointTraits[size];
      for (int row = 0; row < size; row++) {
        int index = order[from + row];
        IpAddress address = addresses.get(index);
        if (v4) {
          ipv4[row] = (int) address.lowBits();
        } else {
          ipv6[2 * row] = address.highBits();
          ipv6[2 * row + 1] = address.lowBits();
        }
        sorted[row] = traits.get(index);
      }
      return new EndpointTable(
          ipv4, ipv6, sorted, names(hostnames, order, from, to), names(podNames, order, from, to));
    }

    private static @Nullable NameColumn names(
        List<@Nullable String> names, int[] order, int from, int to) {
      List<@Nullable String> sorted = new ArrayList<>(to - from);
      for (int i = from; i < to; i++) {
        sorted.add(names.get(order[i]));
      }
      return NameColumn.of(sorted);
    }
  }

  /** The conditions of an endpoint with kube-proxy's meanings. */
  public record Conditions(boolean ready, boolean serving, boolean terminating) {
    /** Ready, serving, not terminating. */
    public static final Conditions AVAILABLE = new Conditions(true, true, false);

    /** Going away, but still answering. */
    public static final Conditions SERVING_TERMINATING = new Conditions(false, true, true);

    /** Neither ready nor serving nor terminating. */
    public static final Conditions UNAVAILABLE = new Conditions(false, false, false);

    int bits() {
      return (ready ? READY : 0) | (serving ? SERVING : 0) | (terminating ? TERMINATING : 0);
    }
  }
}
