// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.proxy.Histogram;
import java.util.Locale;

/** Metrics in the text format of Prometheus (version 0.0.4). Not thread-safe. */
final class MetricsText {
  static final String CONTENT_TYPE =
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

  private final StringBuilder text = new StringBuilder(16_384);

  /** Starts a metric; its samples follow. */
  MetricsText metric(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** A sample; labels as {@code a="b",c="d"}, "" for none. */
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

  /** A counter without labels. */
  MetricsText counter(String name, String help, double value) {
    return metric(name, "counter", help).sample(name, "", value);
  }

  /** A gauge without labels. */
  MetricsText gauge(String name, String help, double value) {
    return metric(name, "gauge", help).sample(name, "", value);
  }

  /** The samples of a histogram. */
  MetricsText histogram(String name, String labels, Histogram values) {
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

  private void number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      text.append((long) value);
    } else {
      text.append(String.format(Locale.ROOT, "%.12g", value).replaceAll("\\.?0+$", ""));
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
