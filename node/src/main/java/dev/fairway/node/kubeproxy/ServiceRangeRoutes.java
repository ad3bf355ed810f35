// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.node.kubeproxy.Commands.Result;
import dev.fairway.service.IpFamily;
import dev.fairway.service.IpPrefix;
import java.util.List;
import java.util.function.Consumer;

/**
 * Routes that make all addresses of a range local, so that a process without any privilege can
 * serve the ClusterIPs in it. A daemon with the privilege makes a route for each address instead.
 */
final class ServiceRangeRoutes {
  /** Marks them as ours, beside 170 of single addresses. */
  private static final String PROTOCOL = "171";

  private final Commands commands;
  private final Consumer<String> report;

  ServiceRangeRoutes(Commands commands, Consumer<String> report) {
    this.commands = commands;
    this.report = report;
  }

  /**
   * Makes ranges local.
   *
   * @throws ConfigException if one cannot be
   */
  void add(List<IpPrefix> ranges) throws ConfigException, InterruptedException {
    for (IpPrefix range : ranges) {
      Result result =
          commands.run(
              List.of(
                  "ip",
                  family(range.family()),
                  "route",
                  "replace",
                  "local",
                  range.toString(),
                  "dev",
                  "lo",
                  "table",
                  "local",
                  "proto",
                  PROTOCOL),
              "");
      if (!result.isDone()) {
        throw new ConfigException(
            "addresses of " + range + " cannot be made local: " + result.output().strip());
      }
      report.accept("made the addresses of " + range + " local");
    }
  }

  /** Removes all; false if some are still there. */
  boolean removeAll() throws InterruptedException {
    boolean complete = true;
    for (IpFamily each : IpFamily.values()) {
      Result present =
          commands.run(
              List.of("ip", family(each), "route", "show", "table", "local", "proto", PROTOCOL),
              "");
      if (!present.isDone() || present.output().isBlank()) {
        continue;
      }
      Result removed =
          commands.run(
              List.of("ip", family(each), "route", "flush", "table", "local", "proto", PROTOCOL),
              "");
      complete &= removed.isDone();
      report.accept(
          removed.isDone()
              ? "removed routes of ranges of Services"
              : "cannot remove routes of ranges of Services: " + removed.output().strip());
    }
    return complete;
  }

  private static String family(IpFamily family) {
    return switch (family) {
      case IPV4 -> "-4";
      case IPV6 -> "-6";
    };
  }
}
