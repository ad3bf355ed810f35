// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the programs counted: {@code enum counter}, one number for each processor. */
final class Counters {
  private static final List<String> NAMES =
      List.of("forwarded", "rejected", "dropped", "steered", "sticky", "raced");

  /** More processors than a kernel can have. */
  private static final int MAX_PROCESSORS = 8192;

  private Counters() {}

  static Map<String, Long> read(DataPath path) {
    Map<String, Long> counters = new LinkedHashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT_UNALIGNED);
      MemorySegment values = arena.allocate(MAX_PROCESSORS * 8L, 8);
      for (int i = 0; i < NAMES.size(); i++) {
        key.set(JAVA_INT_UNALIGNED, 0, i);
        values.fill((byte) 0);
        long sum = 0;
        if (path.map("counters").get(key, values)) {
          for (int processor = 0; processor < MAX_PROCESSORS; processor++) {
            sum += values.get(JAVA_LONG_UNALIGNED, 8L * processor);
          }
        }
        counters.put(NAMES.get(i), sum);
      }
    }
    return counters;
  }
}
