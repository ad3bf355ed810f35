// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.userspace.UserspaceOptions.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The UDP flows of one event loop in order of last use. Bounded: a new flow closes the one unused
 * longest. Confined to the loop.
 */
final class UdpFlowTable {
  private final long unansweredNanos;
  private final long idleNanos;
  private final int max;
  private final ProxyMetrics metrics;
  private @Nullable UdpFlow oldest;
  private @Nullable UdpFlow newest;
  private int size;

  UdpFlowTable(Limits limits, int max, ProxyMetrics metrics) {
    this.unansweredNanos = limits.udpUnanswered().toNanos();
    this.idleNanos = limits.udpIdle().toNanos();
    this.max = max;
    this.metrics = metrics;
  }

  int size() {
    return size;
  }

  void add(UdpFlow flow) {
    if (size >= max) {
      evictOldest(flow);
    }
    append(flow);
    size++;
    metrics.udpFlows.increment();
    metrics.udpActive.incrementAndGet();
  }

  /** Closes the flow that was unused longest, but not the given one; false if there is none. */
  boolean evictOldest(UdpFlow but) {
    UdpFlow eldest = oldest == but ? but.newer : oldest;
    if (eldest == null) {
      return false;
    }
    metrics.udpEvicted.increment();
    eldest.close();
    return true;
  }

  /** The flow was used just now. */
  void touch(UdpFlow flow) {
    if (flow.newer != null) {
      unlink(flow);
      append(flow);
    }
  }

  void remove(UdpFlow flow) {
    unlink(flow);
    size--;
    metrics.udpActive.decrementAndGet();
  }

  /** Closes the flows that were idle for too long. */
  void sweep(long now) {
    UdpFlow flow = oldest;
    while (flow != null) {
      long idle = now - flow.lastUse();
      if (idle < unansweredNanos && idle < idleNanos) {
        return;
      }
      UdpFlow next = flow.newer;
      if (idle >= (flow.isAnswered() ? idleNanos : unansweredNanos)) {
        flow.close();
      }
      flow = next;
    }
  }

  private void append(UdpFlow flow) {
    flow.older = newest;
    flow.newer = null;
    if (newest == null) {
      oldest = flow;
    } else {
      newest.newer = flow;
    }
    newest = flow;
  }

  private void unlink(UdpFlow flow) {
    if (flow.older == null) {
      oldest = flow.newer;
    } else {
      flow.older.newer = flow.newer;
    }
    if (flow.newer == null) {
      newest = flow.older;
    } else {
      flow.newer.older = flow.older;
    }
    flow.older = null;
    flow.newer = null;
  }
}
