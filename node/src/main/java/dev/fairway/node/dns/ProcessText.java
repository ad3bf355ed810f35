// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What every program says of itself to Prometheus: {@code process_…}; nothing where there is no
 * /proc.
 */
final class ProcessText {
  private static final int PAGE = 4096;
  private static final double TICKS = 100;

  private ProcessText() {}

  /**
   * The metrics as text.
   *
   * @param proc where the kernel tells of processes
   */
  static String of(Path proc) {
    try (Stream<Path> open = Files.list(proc.resolve("self/fd"))) {
      String stat = Files.readString(proc.resolve("self/stat"));
      // After the name, which may have blanks: state is field 3 of proc(5), utime 14.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      double cpu = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
      long virtual = Long.parseLong(fields[20]);
      long resident = Long.parseLong(fields[21]) * PAGE;
      double start = bootSeconds(proc) + Long.parseLong(fields[19]) / TICKS;
      return line("process_cpu_seconds_total", "counter", Double.toString(cpu))
          + line("process_resident_memory_bytes", "gauge", Long.toString(resident))
          + line("process_virtual_memory_bytes", "gauge", Long.toString(virtual))
          + line("process_start_time_seconds", "gauge", String.format("%.2f", start))
          + line("process_open_fds", "gauge", Long.toString(open.count()));
    } catch (IOException | RuntimeException _) {
      return "";
    }
  }

  private static long bootSeconds(Path proc) throws IOException {
    try (Stream<String> lines = Files.lines(proc.resolve("stat"))) {
      return lines
          .filter(line -> line.startsWith("btime "))
          .mapToLong(line -> Long.parseLong(line.substring("btime ".length())))
          .findFirst()
          .orElse(0);
    }
  }

  private static String line(String name, String type, String value) {
    return "# TYPE " + name + " " + type + "\n" + name + " " + value + "\n";
  }
}
