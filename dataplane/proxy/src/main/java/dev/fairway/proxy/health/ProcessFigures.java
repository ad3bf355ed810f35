// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Linux tells about this process in {@code /proc}; figures are absent elsewhere. */
final class ProcessFigures {
  private static final long START_MILLIS = ManagementFactory.getRuntimeMXBean().getStartTime();
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
    for (String line : lines("/proc/self/limits")) {
      if (line.startsWith("Max address space")) {
        String soft = line.substring("Max address space".length()).strip().split("\\s+")[0];
        return soft.equals("unlimited") ? UNLIMITED : Long.parseLong(soft);
      }
    }
    return UNLIMITED;
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
