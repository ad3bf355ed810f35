// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Merges the sorted rows of tables into one sorted list of row references without duplicates. */
final class EndpointMerge {
  /** Which rows are copies of one endpoint. */
  enum Same {
    /** The same address and port: what a proxy forwards to. */
    BACKEND,
    /** The same hostname and address: what has a name. */
    HOST,
    /** The same hostname, address and port: what a named port leads to. */
    NAMED_PORT
  }

  private final EndpointTable[] tables;
  private final int[] ports;
  private final Same same;

  /** Order of IPv4 rows, per table; empty for IPv6 tables. */
  private final int[][] keys;

  /** Order of IPv6 rows, per table; empty for IPv4 tables. */
  private final String[][] texts;

  EndpointMerge(EndpointTable[] tables, int[] ports, Same same) {
    this.tables = tables;
    this.ports = ports;
    this.same = same;
    keys = new int[tables.length][];
    texts = new String[tables.length][];
    for (int t = 0; t < tables.length; t++) {
      boolean v4 = tables[t].isV4();
      keys[t] = new int[v4 ? tables[t].size() : 0];
      texts[t] = new String[v4 ? 0 : tables[t].size()];
      for (int row = 0; row < tables[t].size(); row++) {
        if (v4) {
          keys[t][row] = TextOrder.key(tables[t].ipv4(row));
        } else {
          texts[t][row] = TextOrder.key(tables[t].address(row));
        }
      }
    }
  }

  EndpointSet merge() {
    int[] sorted = sortRuns();
    int[] chosen = dropDuplicates(sorted);
    boolean plain = tables.length == 1 && chosen.length == tables[0].size();
    for (int i = 0; plain && i < chosen.length; i++) {
      plain = chosen[i] == i;
    }
    return EndpointSet.ofRows(tables, ports, plain ? null : chosen);
  }

  /** Merge sort from below; each table is a sorted run already. */
  private int[] sortRuns() {
    int total = 0;
    int[] starts = new int[tables.length + 1];
    for (int t = 0; t < tables.length; t++) {
      total += tables[t].size();
      starts[t + 1] = total;
    }
    int[] from = new int[total];
    for (int t = 0; t < tables.length; t++) {
      for (int row = 0; row < tables[t].size(); row++) {
        from[starts[t] + row] = EndpointSet.ref(t, row);
      }
    }
    int[] to = new int[total];
    for (int width = 1; width < tables.length; width *= 2) {
      for (int t = 0; t < tables.length; t += 2 * width) {
        int middle = starts[Math.min(t + width, tables.length)];
        int end = starts[Math.min(t + 2 * width, tables.length)];
        mergeRuns(from, starts[t], middle, end, to);
      }
      int[] swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  private void mergeRuns(int[] from, int start, int middle, int end, int[] to) {
    int left = start;
    int right = middle;
    for (int i = start; i < end; i++) {
      if (right >= end || (left < middle && compare(from[left], from[right]) <= 0)) {
        to[i] = from[left++];
      } else {
        to[i] = from[right++];
      }
    }
  }

  private int compare(int a, int b) {
    int tableA = EndpointSet.table(a);
    int tableB = EndpointSet.table(b);
    boolean v4 = tables[tableA].isV4();
    if (v4 != tables[tableB].isV4()) {
      return v4 ? -1 : 1;
    }
    int rowA = EndpointSet.row(a);
    int rowB = EndpointSet.row(b);
    int byAddress =
        v4
            ? Integer.compare(keys[tableA][rowA], keys[tableB][rowB])
            : texts[tableA][rowA].compareTo(texts[tableB][rowB]);
    return byAddress != 0 || ports[tableA] == ports[tableB]
        ? byAddress
        : Integer.toString(ports[tableA]).compareTo(Integer.toString(ports[tableB]));
  }

  /**
   * Keeps one row of equals: a copy that is not terminating wins over one that is; of two alike the
   * ready one, then the later one wins. Names know ready and nothing else: of copies with one
   * hostname a ready one wins over all others.
   */
  private int[] dropDuplicates(int[] sorted) {
    int[] chosen = new int[sorted.length];
    int count = 0;
    for (int ref : sorted) {
      int copy = indexOfSame(chosen, count, ref);
      if (copy < 0) {
        chosen[count++] = ref;
      } else if (isBetter(ref, chosen[copy])) {
        chosen[copy] = ref;
      }
    }
    return count == chosen.length ? chosen : Arrays.copyOf(chosen, count);
  }

  private int indexOfSame(int[] chosen, int count, int ref) {
    for (int i = count - 1; i >= 0; i--) {
      int other = chosen[i];
      EndpointTable table = tables[EndpointSet.table(ref)];
      EndpointTable otherTable = tables[EndpointSet.table(other)];
      if (!table.isSameAddress(EndpointSet.row(ref), otherTable, EndpointSet.row(other))) {
        return -1;
      }
      boolean samePort = ports[EndpointSet.table(ref)] == ports[EndpointSet.table(other)];
      if ((samePort || same == Same.HOST)
          && (same == Same.BACKEND || Objects.equals(hostname(ref), hostname(other)))) {
        return i;
      }
    }
    return -1;
  }

  private @Nullable String hostname(int ref) {
    return tables[EndpointSet.table(ref)].hostname(EndpointSet.row(ref));
  }

  private boolean isBetter(int candidate, int present) {
    int bits = tables[EndpointSet.table(candidate)].conditions(EndpointSet.row(candidate));
    int presentBits = tables[EndpointSet.table(present)].conditions(EndpointSet.row(present));
    boolean ready = (bits & EndpointTable.READY) != 0;
    boolean presentReady = (presentBits & EndpointTable.READY) != 0;
    if (same != Same.BACKEND && ready != presentReady) {
      return ready;
    }
    boolean terminating = (bits & EndpointTable.TERMINATING) != 0;
    boolean presentTerminating = (presentBits & EndpointTable.TERMINATING) != 0;
    if (terminating != presentTerminating) {
      return presentTerminating;
    }
    return !terminating && (ready || !presentReady);
  }
}
