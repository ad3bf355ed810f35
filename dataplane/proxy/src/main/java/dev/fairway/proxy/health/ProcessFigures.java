// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the system tells about this process, Linux in {@code /proc}; figures are absent where they
 * are not known. Does without the beans of {@code java.lang.management}, which take memory.
 */
final class ProcessFigures {
  private static final long START_MILLIS =
      ProcessHandle.current().info().startInstant().orElseGet(Instant::now).toEpochMilli();
  private static final double UNLIMITED = 0x1p64;

  private final Map<String, Long> status = new HashMap<>();
  private final Map<String, Long> network = new HashMap<>();

  /** The figures of now. */
  ProcessFigures() {
    for (String line : lines("/proc/self/status")) {
      if (line.startsWith("Vm") && line.endsWith(" kB")) {
        String[] words = line.split(":?\\s+");
        status.put(words[0], 1024 * Long.parseLong(words[1]));
      }
    }
    String[] names = {};
    for (String line : lines("/proc/self/net/netstat")) {
      if (line.startsWith("IpExt:")) {
        String[] words = line.split(" ");
        for (int i = 1; names.length > 0 && i < words.length; i++) {
          network.put(names[i], Long.parseLong(words[i]));
        }
        names = words;
      }
    }
  }

  /** When the process started, in milliseconds since the Unix epoch. */
  static long startMillis() {
    return START_MILLIS;
  }

  /** Processor time of all threads, in seconds. */
  @Nullable Double cpuSeconds() {
    Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(null);
    return cpu == null ? null : cpu.toNanos() / 1e9;
  }

  /** Open file descriptors. */
  @Nullable Long openFiles() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    } catch (IOException _) {
      return null;
    }
  }

  /** File descriptors that may be open. */
  @Nullable Double maxFiles() {
    return limit("Max open files");
  }

  /** Memory in RAM, in bytes. */
  @Nullable Long residentBytes() {
    return status.get("VmRSS");
  }

  /** The size of the address space, in bytes. */
  @Nullable Long virtualBytes() {
    return status.get("VmSize");
  }

  /** The most that the address space may grow to, in bytes. */
  double virtualMaxBytes() {
    Double limit = limit("Max address space");
    return limit == null ? UNLIMITED : limit;
  }

  /** The soft limit of a line of {@code /proc/self/limits}. */
  private static @Nullable Double limit(String name) {
    for (String line : lines("/proc/self/limits")) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).strip().split("\\s+")[0];
        return soft.equals("unlimited") ? UNLIMITED : Double.parseDouble(soft);
      }
    }
    return null;
  }

  /** Bytes received in the network namespace. */
  @Nullable Long receivedBytes() {
    return network.get("InOctets");
  }

  /** Bytes sent from the network namespace. */
  @Nullable Long sentBytes() {
    return network.get("OutOctets");
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException _) {
      // Not Linux, or not allowed: the figures are left out.
      return List.of();
    }
  }
}
