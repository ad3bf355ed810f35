// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A view of endpoints: rows of some tables, each with a port, without duplicates, sorted as the
 * text {@code address:port} sorts (IPv4 before IPv6). Immutable.
 */
public final class EndpointSet {
  private static final EndpointSet EMPTY =
      new EndpointSet(new EndpointTable[0], new int[0], new int[0]);

  /** Bits of a reference that name the row; the others name the table. */
  static final int ROW_BITS = 12;

  private static final int ROW_MASK = (1 << ROW_BITS) - 1;

  private final EndpointTable[] tables;
  private final int[] ports;

  /** table index and row of each endpoint; null means the rows of the only table, in order. */
  private final int @Nullable [] refs;

  private EndpointSet(EndpointTable[] tables, int[] ports, int @Nullable [] refs) {
    this.tables = tables;
    this.ports = ports;
    this.refs = refs;
  }

  /** The set without endpoints. */
  public static EndpointSet empty() {
    return EMPTY;
  }

  /** All endpoints of the slices that carry the port; several slices and families are merged. */
  static EndpointSet merge(List<SliceEndpoints> slices, EndpointPort port) {
    return merge(slices, port, EndpointMerge.Same.BACKEND);
  }

  /** The same with every hostname of an address, and of copies the ready one. */
  static EndpointSet mergeNamed(List<SliceEndpoints> slices, EndpointPort port) {
    return merge(slices, port, EndpointMerge.Same.NAMED_PORT);
  }

  private static EndpointSet merge(
      List<SliceEndpoints> slices, EndpointPort port, EndpointMerge.Same same) {
    Parts parts = new Parts(slices.size());
    for (int i = 0; i < slices.size(); i++) {
      List<SliceEndpoints.Port> ports = slices.get(i).ports();
      for (int j = 0; j < ports.size(); j++) {
        if (ports.get(j).name().equals(port)) {
          parts.add(slices.get(i).tables(), ports.get(j).number());
        }
      }
    }
    return parts.merge(same);
  }

  /** Every endpoint of the slices once for each (hostname, address), the best copy of it. */
  static EndpointSet mergeHosts(List<SliceEndpoints> slices) {
    Parts parts = new Parts(slices.size());
    for (int i = 0; i < slices.size(); i++) {
      parts.add(slices.get(i).tables(), 0);
    }
    return parts.merge(EndpointMerge.Same.HOST);
  }

  /** Tables with the port of their slice. */
  private static final class Parts {
    private EndpointTable[] tables;
    private int[] ports;
    private int count;

    Parts(int expected) {
      tables = new EndpointTable[expected];
      ports = new int[expected];
    }

    void add(List<EndpointTable> added, int port) {
      for (int i = 0; i < added.size(); i++) {
        if (count == tables.length) {
          tables = Arrays.copyOf(tables, 2 * count + 1);
          ports = Arrays.copyOf(ports, 2 * count + 1);
        }
        tables[count] = added.get(i);
        ports[count++] = port;
      }
    }

    EndpointSet merge(EndpointMerge.Same same) {
      if (count == 0) {
        return EMPTY;
      }
      EndpointTable[] all = count == tables.length ? tables : Arrays.copyOf(tables, count);
      int[] numbers = count == ports.length ? ports : Arrays.copyOf(ports, count);
      return count == 1 && !all[0].hasRepeats()
          ? new EndpointSet(all, numbers, null)
          : new EndpointMerge(all, numbers, same).merge();
    }
  }

  static EndpointSet ofRows(EndpointTable[] tables, int[] ports, int @Nullable [] refs) {
    return refs != null && refs.length == 0 ? EMPTY : new EndpointSet(tables, ports, refs);
  }

  static int ref(int table, int row) {
    return table << ROW_BITS | row;
  }

  static int table(int ref) {
    return ref >>> ROW_BITS;
  }

  static int row(int ref) {
    return ref & ROW_MASK;
  }

  /** The endpoints of one family; this set where all are of it. */
  public EndpointSet family(IpFamily family) {
    boolean v4 = family == IpFamily.IPV4;
    int same = 0;
    for (EndpointTable table : tables) {
      same += table.isV4() == v4 ? 1 : 0;
    }
    if (same == tables.length) {
      return this;
    }
    return same == 0 ? EMPTY : where(i -> isV4(i) == v4);
  }

  /** The endpoints whose index the condition accepts; this set where it accepts all. */
  EndpointSet where(IntPredicate condition) {
    int size = size();
    int count = 0;
    while (count < size && condition.test(count)) {
      count++;
    }
    if (count == size) {
      return this;
    }
    int[] chosen = new int[size - 1];
    for (int i = 0; i < count; i++) {
      chosen[i] = refs == null ? i : refs[i];
    }
    for (int i = count + 1; i < size; i++) {
      if (condition.test(i)) {
        chosen[count++] = refs == null ? i : refs[i];
      }
    }
    return count == 0 ? EMPTY : new EndpointSet(tables, ports, Arrays.copyOf(chosen, count));
  }

  /** Whether the condition accepts an index. */
  boolean any(IntPredicate condition) {
    for (int i = 0; i < size(); i++) {
      if (condition.test(i)) {
        return true;
      }
    }
    return false;
  }

  /** How many endpoints there are. */
  public int size() {
    return refs != null ? refs.length : tables.length == 0 ? 0 : tables[0].size();
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** The address of an endpoint. */
  public IpAddress address(int i) {
    return tableOf(i).address(rowOf(i));
  }

  /** Whether the address of an endpoint is IPv4. */
  public boolean isV4(int i) {
    return tableOf(i).isV4();
  }

  /** The bits of an IPv4 address, without creating an object. */
  public int ipv4(int i) {
    return tableOf(i).ipv4(rowOf(i));
  }

  /** The port of an endpoint; 0 in sets without a port. */
  public int port(int i) {
    return ports[refs == null ? 0 : table(refs[i])];
  }

  /** Whether an endpoint takes new connections. */
  public boolean isReady(int i) {
    return (conditions(i) & EndpointTable.READY) != 0;
  }

  /** Whether an endpoint answers, though it may be terminating. */
  public boolean isServing(int i) {
    return (conditions(i) & EndpointTable.SERVING) != 0;
  }

  /** Whether an endpoint is going away. */
  public boolean isTerminating(int i) {
    return (conditions(i) & EndpointTable.TERMINATING) != 0;
  }

  /** The node an endpoint runs on, null where unknown. */
  public @Nullable String nodeName(int i) {
    return tableOf(i).nodeName(rowOf(i));
  }

  /** The zone an endpoint runs in, null where unknown. */
  public @Nullable String zone(int i) {
    return tableOf(i).zone(rowOf(i));
  }

  /** The hostname of an endpoint, null where it has none. */
  public @Nullable String hostname(int i) {
    return tableOf(i).hostname(rowOf(i));
  }

  /** The name of the pod behind an endpoint, null where there is none. */
  public @Nullable String podName(int i) {
    return tableOf(i).podName(rowOf(i));
  }

  /** Zones that should use an endpoint, empty for no hint. */
  public List<String> zoneHints(int i) {
    return tableOf(i).zoneHints(rowOf(i));
  }

  /** Nodes that should use an endpoint, empty for no hint. */
  public List<String> nodeHints(int i) {
    return tableOf(i).nodeHints(rowOf(i));
  }

  /** The index of the endpoint with that address and port, -1 if there is none. */
  public int indexOf(IpAddress address, int port) {
    for (int i = 0; i < size(); i++) {
      if (isAt(i, address, port)) {
        return i;
      }
    }
    return -1;
  }

  /** As {@link #indexOf(IpAddress, int)}; looks first where the endpoint was the last time. */
  public int indexOf(IpAddress address, int port, int hint) {
    return hint >= 0 && hint < size() && isAt(hint, address, port) ? hint : indexOf(address, port);
  }

  private boolean isAt(int i, IpAddress address, int port) {
    return port(i) == port
        && isV4(i) == address.isV4()
        && (address.isV4() ? ipv4(i) == (int) address.lowBits() : address(i).equals(address));
  }

  /** Whether an endpoint has the address and port of one of another set. */
  boolean isSame(int i, EndpointSet other, int j) {
    return port(i) == other.port(j)
        && tableOf(i).isSameAddress(rowOf(i), other.tableOf(j), other.rowOf(j));
  }

  private int conditions(int i) {
    return tableOf(i).conditions(rowOf(i));
  }

  private EndpointTable tableOf(int i) {
    return tables[refs == null ? 0 : table(refs[i])];
  }

  private int rowOf(int i) {
    return refs == null ? i : row(refs[i]);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof EndpointSet other
        && Arrays.equals(refs, other.refs)
        && Arrays.equals(ports, other.ports)
        && Arrays.equals(tables, other.tables);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tables) * 31 + Arrays.hashCode(ports);
  }

  /** {@code address:port} of all endpoints. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < size(); i++) {
      text.append(i == 0 ? "" : ", ").append(isV4(i) ? "" : "[").append(address(i));
      text.append(isV4(i) ? ":" : "]:").append(port(i));
    }
    return text.append(']').toString();
  }
}
