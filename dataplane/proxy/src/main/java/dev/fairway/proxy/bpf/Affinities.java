// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which backend a client sticks to. The programs write this; here it is only made to forget. */
final class Affinities {
  private static final long BACKEND = MapLayouts.offset(MapLayouts.AFFINITY, "backend");

  private Affinities() {}

  /**
   * Forgets clients of backends that are not reachable any more, so that they do not find back to
   * one that returns.
   *
   * @param reachable backends by port id; none for a port without affinity
   */
  static void retain(BpfMap map, Map<Long, Set<Backend>> reachable) {
    List<ByteBuffer> forgotten = new ArrayList<>();
    map.forEach((key, value) -> {
      Set<Backend> backends = reachable.get(key.get(JAVA_LONG_UNALIGNED, 0));
      if (backends != null && !backends.contains(Backend.read(value, BACKEND))) {
        forgotten.add(ByteBuffer.wrap(key.toArray(JAVA_BYTE)));
      }
    });
    KeyedRanges.removeAll(map, forgotten);
  }
}
