// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Endpoints with their conditions as an aligned table. */
final class EndpointText {
  private static final List<String> HEAD =
      List.of("ENDPOINT", "CHOSEN FROM", "READY", "SERVING", "TERMINATING", "NODE", "POD");

  private EndpointText() {}

  /**
   * The lines of the table.
   *
   * @param candidate whether a new connection can get the endpoint with an index
   */
  static List<String> of(EndpointSet endpoints, IntPredicate candidate) {
    if (endpoints.isEmpty()) {
      return List.of("no endpoints");
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (int i = 0; i < endpoints.size(); i++) {
      rows.add(
          List.of(
              text(endpoints.address(i), endpoints.port(i)),
              yes(candidate.test(i)),
              yes(endpoints.isReady(i)),
              yes(endpoints.isServing(i)),
              yes(endpoints.isTerminating(i)),
              dash(endpoints.nodeName(i)),
              dash(endpoints.podName(i))));
    }
    return aligned(rows);
  }

  /** Rows with columns of equal width. */
  static List<String> aligned(List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  static String text(IpAddress address, int port) {
    String ip = address.isV4() ? address.toString() : "[" + address + "]";
    return port == 0 ? ip : ip + ":" + port;
  }

  private static String yes(boolean value) {
    return value ? "yes" : "no";
  }

  private static String dash(@Nullable String text) {
    return text == null || text.isEmpty() ? "-" : text;
  }
}
