// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loads that run at the same time in several places: connections that stay, asked ten times a
 * second, and new ones twenty times a second. Every request that is not answered counts as an
 * error.
 */
final class Traffic implements AutoCloseable {
  /** One load. */
  private record Load(Vantage from, String name, String what) {
    long count() {
      return Long.parseLong(from.tell("count " + name).split(" ")[0]);
    }
  }

  // Probers are shared by all traffic.
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final List<Load> loads = new ArrayList<>();

  /**
   * Starts a load.
   *
   * @param what {@code keep|new tcp|udp|udpto ADDRESS PORT}
   */
  Traffic with(Vantage from, String what) {
    Load load = new Load(from, "load" + NUMBERS.incrementAndGet(), what);
    loads.add(load);
    from.tell("load " + load.name() + " " + what + (what.startsWith("keep") ? " 100" : " 50"));
    return this;
  }

  /** Waits until every load was answered that many times more. */
  void awaitMore(int requests) {
    List<Long> wanted = loads.stream().map(load -> load.count() + requests).toList();
    for (int i = 0; i < loads.size(); i++) {
      Load load = loads.get(i);
      long goal = wanted.get(i);
      RealCluster.eventually(
          () -> load.from().tell("count " + load.name()) + " " + load.what() + " of " + load.from(),
          count -> Long.parseLong(count.split(" ")[0]) >= goal);
    }
  }

  /** Ends all loads; none may have had an error. */
  void endWithoutErrors(String during) {
    List<String> failed = new ArrayList<>();
    long requests = 0;
    for (Load load : loads) {
      String[] end = load.from().tell("end " + load.name()).split(" ", 3);
      requests += Long.parseLong(end[0]);
      if (!end[1].equals("0")) {
        failed.add(load.from() + " " + load.what() + ": " + String.join(" ", end));
      }
    }
    System.out.println(
        "realk8s: " + during + ": " + requests + " requests, errors in loads: " + failed);
    loads.clear();
    assertThat(requests).isPositive();
    assertThat(failed).as("%s, REQUESTS ERRORS first error", during).isEmpty();
  }

  /** Ends what a test that failed left running. */
  @Override
  public void close() {
    for (Load load : loads) {
      load.from().tell("end " + load.name());
    }
  }
}
