// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import java.math.BigDecimal;
import java.math.MathContext;

/** Metrics in the text format of Prometheus (version 0.0.4). Not thread-safe. */
final class MetricsText {
  private final StringBuilder text = new StringBuilder(16_384);

  /** Starts a metric; its samples follow. */
  MetricsText metric(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** A sample; labels as {@link #labels} makes them. */
  MetricsText sample(String name, String labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ');
    number(value);
    text.append('\n');
    return this;
  }

  /** A metric with one sample. */
  MetricsText single(String name, String type, String help, double value) {
    return metric(name, type, help).sample(name, "", value);
  }

  /**
   * The samples of a histogram.
   *
   * @param scale what a whole number of the histogram is in the unit of the metric: 1e-9 for
   *     nanoseconds as seconds
   */
  MetricsText histogram(String name, String labels, Histogram values, double scale) {
    long total = 0;
    for (int i = 0; i < values.buckets(); i++) {
      total += values.count(i);
      text.append(name).append("_bucket{").append(labels).append(",le=\"");
      if (i == values.buckets() - 1) {
        text.append("+Inf");
      } else {
        number(values.bound(i) * scale);
      }
      text.append("\"} ").append(total).append('\n');
    }
    sample(name + "_sum", labels, values.sum() * scale);
    return sample(name + "_count", labels, total);
  }

  /** Labels: names and values in turn. */
  static String labels(String... pairs) {
    StringBuilder labels = new StringBuilder(128);
    for (int i = 0; i < pairs.length; i += 2) {
      labels.append(i == 0 ? "" : ",").append(pairs[i]).append("=\"");
      escape(labels, pairs[i + 1]);
      labels.append('"');
    }
    return labels.toString();
  }

  private static void escape(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\n' -> out.append("\\n");
        default -> out.append(c);
      }
    }
  }

  private void number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      text.append((long) value);
    } else if (Double.isFinite(value)) {
      BigDecimal shown = new BigDecimal(value, new MathContext(12));
      text.append(shown.stripTrailingZeros().toPlainString());
    } else {
      text.append(value);
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
