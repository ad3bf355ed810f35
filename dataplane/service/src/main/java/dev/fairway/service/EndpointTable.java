// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one slice as columns, about 15 bytes an endpoint; ports live on the slice. Rows
 * are of one address family and sorted as the text {@code address:} sorts.
 */
public final class EndpointTable {
  /** Rows of one table; a bigger slice takes several. */
  static final int MAX_ROWS = 256;

  static final int READY = 1;
  static final int SERVING = 2;
  static final int TERMINATING = 4;
  private static final int HAS_HOSTNAME = 8;
  private static final int HAS_POD_NAME = 16;

  private final int[] ipv4;
  private final long[] ipv6;
  private final byte[] flags;
  private final DictionaryColumn<String> nodeNames;
  private final DictionaryColumn<String> zones;
  private final DictionaryColumn<List<String>> zoneHints;
  private final DictionaryColumn<List<String>> nodeHints;
  private final @Nullable TextColumn hostnames;
  private final @Nullable TextColumn podNames;

  private EndpointTable(List<Row> rows) {
    int size = rows.size();
    boolean v4 = rows.get(0).address.isV4();
    ipv4 = new int[v4 ? size : 0];
    ipv6 = new long[v4 ? 0 : 2 * size];
    flags = new byte[size];
    List<@Nullable String> nodes = new ArrayList<>(size);
    List<@Nullable String> zoneNames = new ArrayList<>(size);
    List<@Nullable String> hosts = new ArrayList<>(size);
    List<@Nullable String> pods = new ArrayList<>(size);
    List<List<String>> hintedZones = new ArrayList<>(size);
    List<List<String>> hintedNodes = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      Row row = rows.get(i);
      if (v4) {
        ipv4[i] = (int) row.address.lowBits();
      } else {
        ipv6[2 * i] = row.address.highBits();
        ipv6[2 * i + 1] = row.address.lowBits();
      }
      flags[i] =
          (byte)
              (row.conditions
                  | (row.hostname == null ? 0 : HAS_HOSTNAME)
                  | (row.podName == null ? 0 : HAS_POD_NAME));
      nodes.add(row.nodeName);
      zoneNames.add(row.zone);
      hosts.add(row.hostname);
      pods.add(row.podName);
      hintedZones.add(row.zoneHints);
      hintedNodes.add(row.nodeHints);
    }
    nodeNames = DictionaryColumn.of(nodes);
    zones = DictionaryColumn.of(zoneNames);
    zoneHints = DictionaryColumn.of(hintedZones);
    nodeHints = DictionaryColumn.of(hintedNodes);
    hostnames = TextColumn.of(hosts);
    podNames = TextColumn.of(pods);
  }

  int size() {
    return flags.length;
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

  int conditions(int row) {
    return flags[row];
  }

  @Nullable String nodeName(int row) {
    return nodeNames.get(row);
  }

  @Nullable String zone(int row) {
    return zones.get(row);
  }

  List<String> zoneHints(int row) {
    List<String> hints = zoneHints.get(row);
    return hints == null ? List.of() : hints;
  }

  List<String> nodeHints(int row) {
    List<String> hints = nodeHints.get(row);
    return hints == null ? List.of() : hints;
  }

  @Nullable String hostname(int row) {
    return hostnames == null || (flags[row] & HAS_HOSTNAME) == 0 ? null : hostnames.get(row);
  }

  @Nullable String podName(int row) {
    return podNames == null || (flags[row] & HAS_POD_NAME) == 0 ? null : podNames.get(row);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof EndpointTable other
        && Arrays.equals(ipv4, other.ipv4)
        && Arrays.equals(ipv6, other.ipv6)
        && Arrays.equals(flags, other.flags)
        && nodeNames.equals(other.nodeNames)
        && zones.equals(other.zones)
        && zoneHints.equals(other.zoneHints)
        && nodeHints.equals(other.nodeHints)
        && Objects.equals(hostnames, other.hostnames)
        && Objects.equals(podNames, other.podNames);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ipv4) * 31 + Arrays.hashCode(ipv6);
  }

  /**
   * The text {@code a.b.c.d:} packed into 16 four-bit characters, so that keys compare (unsigned)
   * as the texts do.
   */
  static long textOrder(int ipv4) {
    long key = 0;
    int length = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
      int octet = ipv4 >>> shift & 0xff;
      if (octet >= 100) {
        key = key << 4 | (2 + octet / 100);
        length++;
      }
      if (octet >= 10) {
        key = key << 4 | (2 + octet / 10 % 10);
        length++;
      }
      key = key << 8 | (2 + octet % 10) << 4 | (shift == 0 ? 12 : 1);
      length += 2;
    }
    return length == 16 ? key : key << (4 * (16 - length));
  }

  /** Order of rows: IPv4 first, then as the texts {@code address:} or {@code [address]:} sort. */
  private static final Comparator<Row> TEXT_ORDER =
      (a, b) ->
          a.address.isV4() && b.address.isV4()
              ? Long.compareUnsigned(a.order, b.order)
              : compareText(a.address, b.address);

  static int compareText(IpAddress a, IpAddress b) {
    if (a.isV4() != b.isV4()) {
      return a.isV4() ? -1 : 1;
    }
    return a.isV4()
        ? Long.compareUnsigned(textOrder((int) a.lowBits()), textOrder((int) b.lowBits()))
        : (a + "]").compareTo(b + "]");
  }

  private record Row(
      IpAddress address,
      long order,
      int conditions,
      @Nullable String nodeName,
      @Nullable String zone,
      @Nullable String hostname,
      @Nullable String podName,
      List<String> zoneHints,
      List<String> nodeHints) {}

  /** Collects the endpoints of one slice; single-threaded. */
  public static final class Builder {
    private final List<Row> rows = new ArrayList<>();

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
      rows.add(
          new Row(
              address,
              address.isV4() ? textOrder((int) address.lowBits()) : 0,
              conditions.bits(),
              nodeName,
              zone,
              hostname,
              podName,
              List.copyOf(zoneHints),
              List.copyOf(nodeHints)));
      return this;
    }

    /** Adds an endpoint that has an address, conditions and a node. */
    public Builder add(IpAddress address, Conditions conditions, @Nullable String nodeName) {
      return add(address, conditions, nodeName, null, null, null, List.of(), List.of());
    }

    /** The tables; no rows give no tables. The builder is empty afterwards. */
    public List<EndpointTable> build() {
      rows.sort(TEXT_ORDER);
      List<EndpointTable> tables = new ArrayList<>(1);
      int from = 0;
      while (from < rows.size()) {
        int to = from + 1;
        boolean v4 = rows.get(from).address.isV4();
        while (to < rows.size() && to - from < MAX_ROWS && rows.get(to).address.isV4() == v4) {
          to++;
        }
        tables.add(new EndpointTable(rows.subList(from, to)));
        from = to;
      }
      rows.clear();
      return List.copyOf(tables);
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
