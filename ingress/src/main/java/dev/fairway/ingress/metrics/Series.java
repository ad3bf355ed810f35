// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

/** The counts of the requests of one {@link SeriesKey}. Thread-safe. */
final class Series {
  final SeriesKey key;
  final StatusCounts requests = new StatusCounts();
  final Histogram seconds = new Histogram(Histogram.TIMES);

  /** To the head of the response. */
  final Histogram headSeconds = new Histogram(Histogram.TIMES);

  final Histogram requestBytes = new Histogram(Histogram.SIZES);
  final Histogram responseBytes = new Histogram(Histogram.SIZES);

  Series(SeriesKey key) {
    this.key = key;
  }
}
