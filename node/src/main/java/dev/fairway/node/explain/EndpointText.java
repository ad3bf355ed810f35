// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/** Endpoints with their conditions as an aligned table. */
final class EndpointText {
  private static final List<String> HEAD =
      List.of("ENDPOINT", "CHOSEN FROM", "READY", "SERVING", "TERMINATING", "NODE", "POD", "WHY");

  private EndpointText() {}

  /**
   * The lines of the table.
   *
   * @param candidate whether a new connection can get the endpoint with an index
   * @param why it can or cannot
   */
  static List<String> of(EndpointSet endpoints, IntPredicate candidate, IntFunction<String> why) {
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
              dash(endpoints.podName(i)),
              why.apply(i)));
    }
    return aligned(rows);
  }

  /** The same for programs. */
  static void write(
      ArrayNode array, EndpointSet endpoints, IntPredicate candidate, IntFunction<String> why) {
    for (int i = 0; i < endpoints.size(); i++) {
      array
          .addObject()
          .put("address", endpoints.address(i).toString())
          .put("port", endpoints.port(i))
          .put("candidate", candidate.test(i))
          .put("ready", endpoints.isReady(i))
          .put("serving", endpoints.isServing(i))
          .put("terminating", endpoints.isTerminating(i))
          .put("node", endpoints.nodeName(i))
          .put("zone", endpoints.zone(i))
          .put("pod", endpoints.podName(i))
          .put("why", why.apply(i));
    }
  }

  /** Whether an endpoint can be used at all, in words. */
  static String condition(EndpointSet endpoints, int i) {
    if (endpoints.isReady(i)) {
      return "ready";
    }
    if (endpoints.isServing(i) && endpoints.isTerminating(i)) {
      return "serves while it ends";
    }
    return endpoints.isTerminating(i) ? "ends and does not serve" : "not ready";
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
