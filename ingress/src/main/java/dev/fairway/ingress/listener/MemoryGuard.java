// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.util.internal.PlatformDependent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Keeps the gateway from running out of memory: near its end new requests are turned away, then new
 * connections, until there is clearly more of it again. Thread-safe.
 */
public final class MemoryGuard {
  private static final Logger LOG = System.getLogger(MemoryGuard.class.getName());

  private static final double SHED_FROM = 0.95;
  private static final double SHED_UNTIL = 0.90;
  private static final double REFUSE_FROM = 0.98;
  private static final double REFUSE_UNTIL = 0.95;

  private final DoubleSupplier gauge;
  private volatile boolean sheds;
  private volatile boolean refuses;

  /**
   * @param gauge how much of the memory is in use, 0 to 1
   */
  public MemoryGuard(DoubleSupplier gauge) {
    this.gauge = gauge;
  }

  /** Looks at the gauge; to be called a few times a second. */
  public void sample() {
    double used = gauge.getAsDouble();
    boolean shed = used >= (sheds ? SHED_UNTIL : SHED_FROM);
    if (shed != sheds) {
      LOG.log(
          Level.WARNING,
          shed
              ? "memory is short, new requests are answered with 503 used={0,number,percent}"
              : "memory suffices again, requests are served used={0,number,percent}",
          used);
    }
    sheds = shed;
    refuses = used >= (refuses ? REFUSE_UNTIL : REFUSE_FROM);
  }

  /** Whether new requests are answered with 503. */
  boolean shedsRequests() {
    return sheds;
  }

  /** Whether new connections are closed. */
  boolean refusesConnections() {
    return refuses;
  }

  /** The larger share of what is in use: of the heap, or of what buffers outside of it may have. */
  public static DoubleSupplier ofProcess() {
    List<MemoryPoolMXBean> pools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    return () -> Math.max(heap(pools), direct());
  }

  /** What was left of the heap after its collection; what came since may be garbage. */
  private static double heap(List<MemoryPoolMXBean> pools) {
    Runtime runtime = Runtime.getRuntime();
    double now = (double) (runtime.totalMemory() - runtime.freeMemory()) / runtime.maxMemory();
    if (now < SHED_UNTIL) {
      return now;
    }
    long kept = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage after = pool.getCollectionUsage();
      kept += after == null ? pool.getUsage().getUsed() : after.getUsed();
    }
    return Math.min(now, (double) kept / runtime.maxMemory());
  }

  private static double direct() {
    long limit = PlatformDependent.maxDirectMemory();
    long used = PlatformDependent.usedDirectMemory();
    return limit <= 0 || used < 0 ? 0 : (double) used / limit;
  }
}
