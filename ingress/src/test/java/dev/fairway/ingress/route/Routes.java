// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RouteTable.HostRule;
import java.util.List;

/** Short forms for tables of routes in tests: each route answers with its own text. */
final class Routes {
  private Routes() {}

  /**
   * A table of lines "HOST TYPE PATH", "default" and "default HOST"; the host "-" stands for none.
   */
  static RouteTable of(String... lines) {
    RouteTable.Builder builder = new RouteTable.Builder(HostRule.INGRESS);
    for (String line : lines) {
      String[] parts = line.split(" ");
      if (parts[0].equals("default")) {
        if (parts.length == 1) {
          builder.addDefault(route(line, RouteMatch.path("", PathType.PREFIX, "/")));
        } else {
          builder.addHostDefault(
              parts[1], route(line, RouteMatch.path(parts[1], PathType.PREFIX, "/")));
        }
        continue;
      }
      String host = parts[0].equals("-") ? "" : parts[0];
      builder.add(route(line, RouteMatch.path(host, PathType.valueOf(parts[1]), parts[2])));
    }
    return builder.build();
  }

  static Route route(String text, RouteMatch match) {
    return new Route(
        text, match, List.of(), new RouteAction.Respond(200, text), RoutePolicy.DEFAULT);
  }

  /** The line of the route that a request takes, "404" where there is none, "400" if malformed. */
  static String take(RouteTable table, String hostField, String target) {
    RequestTarget parsed = RequestTarget.parse(target, hostField);
    if (parsed == null) {
      return "400";
    }
    Route route = table.match(parsed, "GET", new HttpFields());
    return route == null ? "404" : route.origin();
  }
}
