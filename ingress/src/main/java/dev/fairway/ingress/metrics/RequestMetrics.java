// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteSlot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests by route. The counters of a route are found by its labels when its first request
 * ends and stay at the route; they outlive it, so that a route that is compiled anew goes on where
 * it was. Thread-safe; counting locks and allocates nothing after the first request of a kind.
 */
final class RequestMetrics implements RequestObserver {
  /** The series of a route and one of its backends. */
  private record BackendSeries(@Nullable BackendRef backend, Series series) {}

  /** What is in the slot of a route. */
  private record RouteSeries(RequestMetrics owner, BackendSeries[] backends) {}

  private final boolean perHost;
  private final int maxSeries;
  private final ConcurrentHashMap<SeriesKey, Series> all = new ConcurrentHashMap<>();
  private final Series overflow = new Series(SeriesKey.OVERFLOW);
  private final StatusCounts[] own = new StatusCounts[Why.values().length];
  private final LongAdder attemptsAgain = new LongAdder();

  /**
   * Without requests yet.
   *
   * @param perHost whether hosts are told apart
   * @param maxSeries what is beyond is counted together
   */
  RequestMetrics(boolean perHost, int maxSeries) {
    this.perHost = perHost;
    this.maxSeries = maxSeries;
    for (int i = 0; i < own.length; i++) {
      own[i] = new StatusCounts();
    }
  }

  @Override
  public void served(ServedRequest request) {
    Route route = request.route();
    var head = request.head();
    String method = head == null ? "" : head.method();
    if (request.why() != Why.BACKEND) {
      own[request.why().ordinal()].count(method, request.status());
    }
    if (request.attempts() > 1) {
      attemptsAgain.add(request.attempts() - 1);
    }
    if (route == null) {
      return;
    }
    Series series = series(route, request.backend());
    series.requests.count(method, request.status());
    series.seconds.observe(request.durationNanos());
    if (request.headNanos() >= 0) {
      series.headSeconds.observe(request.headNanos());
    }
    series.requestBytes.observe(request.requestBytes());
    series.responseBytes.observe(request.responseBytes());
  }

  private Series series(Route route, @Nullable BackendRef backend) {
    RouteSlot slot = route.slot();
    BackendSeries[] known = {};
    if (slot.get() instanceof RouteSeries series && series.owner == this) {
      known = series.backends;
      for (BackendSeries candidate : known) {
        if (Objects.equals(candidate.backend, backend)) {
          return candidate.series;
        }
      }
    }
    Series found = find(SeriesKey.of(route, backend, perHost));
    BackendSeries[] more = Arrays.copyOf(known, known.length + 1);
    more[known.length] = new BackendSeries(backend, found);
    slot.set(new RouteSeries(this, more));
    return found;
  }

  private Series find(SeriesKey key) {
    Series found = all.get(key);
    if (found == null && all.size() < maxSeries) {
      found = all.computeIfAbsent(key, Series::new);
    }
    return found == null ? overflow : found;
  }

  /** All series that a request was counted in, in the order of their labels. */
  List<Series> series() {
    Collection<Series> known = all.values();
    List<Series> sorted =
        new ArrayList<>(
            known.stream()
                .sorted(
                    Comparator.comparing((Series series) -> series.key.kind())
                        .thenComparing(series -> series.key.namespace())
                        .thenComparing(series -> series.key.name())
                        .thenComparing(series -> series.key.host())
                        .thenComparing(series -> series.key.path())
                        .thenComparing(series -> series.key.service()))
                .toList());
    if (known.size() >= maxSeries) {
      sorted.add(overflow);
    }
    return sorted;
  }

  /** The answers of the gateway's own for a reason. */
  StatusCounts own(Why why) {
    return own[why.ordinal()];
  }

  /** Attempts after the first one of a request. */
  long retries() {
    return attemptsAgain.sum();
  }
}
