// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Tells when few descriptors are left, without asking the kernel each time. It gives out the lowest
 * free number, so a high one says that all below are taken, and how many flows that makes. From
 * then on that many flows are too many, whatever numbers they have, until there are far fewer.
 *
 * <p>What is left is for what the process opens besides: what it asks the API server, and who asks
 * for its health. Thread-safe.
 */
final class Descriptors {
  private static final int MOST_SPARE = 1024;
  private static final int SPARE_SHARE = 16;

  private final int high;
  private volatile int scarceFlows = Integer.MAX_VALUE;

  /**
   * For a process.
   *
   * @param limit how many it may have open
   */
  Descriptors(long limit) {
    high = (int) Math.min(Integer.MAX_VALUE, limit - Math.min(MOST_SPARE, limit / SPARE_SHARE));
  }

  /** Those of this process. */
  static Descriptors ofProcess() {
    return new Descriptors(
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
            ? system.getMaxFileDescriptorCount()
            : Integer.MAX_VALUE);
  }

  /**
   * Whether few are left.
   *
   * @param newest the one that was opened last
   * @param flows open TCP flows, of which each has two
   */
  boolean areScarce(int newest, int flows) {
    if (newest >= high) {
      // All below the newest are taken: so many flows too many there are by now, however the
      // descriptors that flows give back are numbered.
      int tooMany = (newest - high) / 2;
      scarceFlows = Math.min(scarceFlows, Math.max(1, flows - tooMany));
      return true;
    }
    int most = scarceFlows;
    if (most != Integer.MAX_VALUE && flows <= most / 2) {
      scarceFlows = Integer.MAX_VALUE;
      return false;
    }
    return flows >= most;
  }
}
