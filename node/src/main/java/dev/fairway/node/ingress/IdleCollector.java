// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives memory back that load has left behind, once there is little to do. The collector of a small
 * heap takes what it may have while requests come, and then nothing would ever make it look. A
 * collection in a quiet moment costs some tens of milliseconds.
 */
final class IdleCollector implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /** The share of one processor below which nobody would notice. */
  private static final double QUIET = 0.05;

  private static final long WORTHWHILE_BYTES = 16L << 20;

  /** What is known of this process. */
  interface Process {
    /** Bytes in the old generation. */
    long used();

    /** Bytes that were left there by the last collection of it, 0 before the first. */
    long left();

    /** Nanoseconds of processor time so far. */
    long processorTime();

    void collect();
  }

  private final Process process;
  private final Thread thread;
  private long processorTime;

  IdleCollector(Process process) {
    this.process = process;
    processorTime = process.processorTime();
    thread = Thread.ofVirtual().name("idle-collector").unstarted(this::run);
  }

  static IdleCollector start() {
    IdleCollector collector = new IdleCollector(new ThisProcess());
    collector.thread.start();
    return collector;
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(INTERVAL.toNanos());
        look(INTERVAL);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Collects where that is worth it and nobody notices.
   *
   * @param sinceLast the time since the look before
   */
  void look(Duration sinceLast) {
    long now = process.processorTime();
    boolean quiet = now - processorTime < sinceLast.toNanos() * QUIET;
    processorTime = now;
    if (quiet && process.used() - process.left() > WORTHWHILE_BYTES) {
      process.collect();
      processorTime = process.processorTime();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /** The process as the platform sees it. */
  private static final class ThisProcess implements Process {
    private final OperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final MemoryPoolMXBean old =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
            .findFirst()
            .orElseThrow();

    @Override
    public long used() {
      return old.getUsage().getUsed();
    }

    @Override
    public long left() {
      MemoryUsage afterwards = old.getCollectionUsage();
      return afterwards == null ? 0 : afterwards.getUsed();
    }

    @Override
    public long processorTime() {
      return system.getProcessCpuTime();
    }

    @Override
    public void collect() {
      System.gc();
    }
  }
}
