// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.metrics;

import java.math.BigDecimal;
import java.math.MathContext;

/** Metrics in the text format of Prometheus (version 0.0.4). Not thread-safe. */
public final class MetricsText {
  public static final String CONTENT_TYPE =
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

  /** Counts of values by upper bound. */
  public interface Buckets {
    /** The number of bounded buckets; one more, without bound, follows them. */
    int buckets();

    /** The greatest value that bucket i counts. */
    double bound(int i);

    /** Values in bucket i alone. */
    long count(int i);

    /** The sum of all values. */
    double sum();
  }

  private final StringBuilder text = new StringBuilder(16_384);

  /** Starts a metric; its samples follow. */
  public MetricsText metric(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** A sample; labels as {@link #labels} makes them, "" for none. */
  public MetricsText sample(String name, String labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ');
    number(value);
    text.append('\n');
    return this;
  }

  /** A counter without labels. */
  public MetricsText counter(String name, String help, double value) {
    return metric(name, "counter", help).sample(name, "", value);
  }

  /** A gauge without labels. */
  public MetricsText gauge(String name, String help, double value) {
    return metric(name, "gauge", help).sample(name, "", value);
  }

  /** The samples of a histogram. */
  public MetricsText histogram(String name, String labels, Buckets values) {
    String separator = labels.isEmpty() ? "" : ",";
    long total = 0;
    for (int i = 0; i <= values.buckets(); i++) {
      total += values.count(i);
      text.append(name).append("_bucket{").append(labels).append(separator).append("le=\"");
      if (i == values.buckets()) {
        text.append("+Inf");
      } else {
        number(values.bound(i));
      }
      text.append("\"} ").append(total).append('\n');
    }
    sample(name + "_sum", labels, values.sum());
    return sample(name + "_count", labels, total);
  }

  /** Labels: names and values in turn. */
  public static String labels(String... pairs) {
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
