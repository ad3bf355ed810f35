// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.service.metrics.MetricsText;
import org.jspecify.annotations.Nullable;

/** What every program says of itself to Prometheus: {@code process_…}. */
public final class ProcessMetricsText {
  private ProcessMetricsText() {}

  /** The metrics of now; without those that the system does not tell. */
  public static String render() {
    MetricsText out = new MetricsText();
    write(out);
    return out.toString();
  }

  static void write(MetricsText out) {
    ProcessFigures figures = new ProcessFigures();
    out.gauge(
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        ProcessFigures.startMillis() / 1000.0);
    known(
        out,
        "process_cpu_seconds_total",
        "counter",
        "Total user and system CPU time spent in seconds.",
        figures.cpuSeconds());
    known(
        out, "process_open_fds", "gauge", "Number of open file descriptors.", figures.openFiles());
    known(
        out,
        "process_max_fds",
        "gauge",
        "Maximum number of open file descriptors.",
        figures.maxFiles());
    known(
        out,
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory size in bytes.",
        figures.residentBytes());
    known(
        out,
        "process_virtual_memory_bytes",
        "gauge",
        "Virtual memory size in bytes.",
        figures.virtualBytes());
    out.gauge(
        "process_virtual_memory_max_bytes",
        "Maximum amount of virtual memory available in bytes.",
        figures.virtualMaxBytes());
    known(
        out,
        "process_network_receive_bytes_total",
        "counter",
        "Number of bytes received by the process over the network.",
        figures.receivedBytes());
    known(
        out,
        "process_network_transmit_bytes_total",
        "counter",
        "Number of bytes sent by the process over the network.",
        figures.sentBytes());
  }

  private static void known(
      MetricsText out, String name, String type, String help, @Nullable Number value) {
    if (value != null) {
      out.metric(name, type, help).sample(name, "", value.doubleValue());
    }
  }
}
