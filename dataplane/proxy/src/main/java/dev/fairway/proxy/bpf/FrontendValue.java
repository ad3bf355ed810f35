// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.fairway.service.FrontendKind;
import java.lang.foreign.MemorySegment;

/**
 * What a frontend stands for: {@code struct frontend}.
 *
 * @param portId of the service port and family, 0 where nothing remembers clients
 * @param set of backends, 0 for none
 * @param size backends in the set
 * @param verdict of sockets on this node
 * @param inside of packets from pods and nodes
 * @param outside of packets from elsewhere
 */
record FrontendValue(
    long portId,
    int set,
    int size,
    int affinitySeconds,
    Verdict verdict,
    Verdict inside,
    Verdict outside,
    FrontendKind kind,
    boolean sourceRanges) {
  private static final int SOURCE_RANGES = 1;

  private static final FrontendKind[] KINDS = FrontendKind.values();
  private static final long SET = MapLayouts.offset(MapLayouts.FRONTEND, "set");
  private static final long SIZE = MapLayouts.offset(MapLayouts.FRONTEND, "size");
  private static final long AFFINITY = MapLayouts.offset(MapLayouts.FRONTEND, "affinity_seconds");
  private static final long VERDICT = MapLayouts.offset(MapLayouts.FRONTEND, "verdict");
  private static final long INSIDE = MapLayouts.offset(MapLayouts.FRONTEND, "inside");
  private static final long OUTSIDE = MapLayouts.offset(MapLayouts.FRONTEND, "outside");
  private static final long KIND = MapLayouts.offset(MapLayouts.FRONTEND, "kind");
  private static final long FLAGS = MapLayouts.offset(MapLayouts.FRONTEND, "flags");

  /** What a ClusterIP answers on ports that it does not have. */
  static final FrontendValue OTHER_PORTS =
      new FrontendValue(
          0,
          0,
          0,
          0,
          Verdict.REJECT,
          Verdict.REJECT,
          Verdict.REJECT,
          FrontendKind.CLUSTER_IP,
          false);

  void write(MemorySegment at, long offset) {
    at.set(JAVA_LONG_UNALIGNED, offset, portId);
    at.set(JAVA_INT_UNALIGNED, offset + SET, set);
    at.set(JAVA_INT_UNALIGNED, offset + SIZE, size);
    at.set(JAVA_INT_UNALIGNED, offset + AFFINITY, affinitySeconds);
    MapLayouts.putBytes(
        at,
        offset + VERDICT,
        verdict.ordinal(),
        inside.ordinal(),
        outside.ordinal(),
        kind.ordinal());
    at.set(JAVA_INT_UNALIGNED, offset + FLAGS, sourceRanges ? SOURCE_RANGES : 0);
    at.set(JAVA_INT_UNALIGNED, offset + FLAGS + 4, 0);
  }

  static FrontendValue read(MemorySegment at) {
    return new FrontendValue(
        at.get(JAVA_LONG_UNALIGNED, 0),
        at.get(JAVA_INT_UNALIGNED, SET),
        at.get(JAVA_INT_UNALIGNED, SIZE),
        at.get(JAVA_INT_UNALIGNED, AFFINITY),
        Verdict.of(at.get(JAVA_BYTE, VERDICT)),
        Verdict.of(at.get(JAVA_BYTE, INSIDE)),
        Verdict.of(at.get(JAVA_BYTE, OUTSIDE)),
        KINDS[at.get(JAVA_BYTE, KIND)],
        (at.get(JAVA_INT_UNALIGNED, FLAGS) & SOURCE_RANGES) != 0);
  }
}
