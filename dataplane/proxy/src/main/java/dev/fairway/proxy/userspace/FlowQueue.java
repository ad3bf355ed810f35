// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import org.jspecify.annotations.Nullable;

/**
 * Flows that wait for something, all for the same time, so the first to come is the first whose
 * deadline passes. A place is in one queue at most. Confined to a loop.
 */
final class FlowQueue {
  private final Place ends = new Place(null);

  /** A flow's place in a queue, or in none. */
  static final class Place {
    private final @Nullable EpollFlow flow;
    private @Nullable Place earlier;
    private @Nullable Place later;
    private long deadline;

    Place(@Nullable EpollFlow flow) {
      this.flow = flow;
    }
  }

  FlowQueue() {
    ends.earlier = ends;
    ends.later = ends;
  }

  /**
   * Adds a flow that is in no queue.
   *
   * @param deadline on the nano clock, not before that of the flow added last
   */
  void add(Place place, long deadline) {
    Place last = ends.earlier;
    if (last != null) {
      place.deadline = deadline;
      place.earlier = last;
      place.later = ends;
      last.later = place;
      ends.earlier = place;
    }
  }

  static boolean isQueued(Place place) {
    return place.later != null;
  }

  static void remove(Place place) {
    Place earlier = place.earlier;
    Place later = place.later;
    if (earlier != null && later != null) {
      earlier.later = later;
      later.earlier = earlier;
      place.earlier = null;
      place.later = null;
    }
  }

  /** Nanoseconds until the first deadline, at most {@code most}. */
  long nanosLeft(long now, long most) {
    Place first = ends.later;
    return first == null || first == ends ? most : Math.min(most, first.deadline - now);
  }

  boolean isEmpty() {
    return ends.later == ends;
  }

  /** The first flow if its deadline has passed; it stays until it is removed. */
  @Nullable EpollFlow overdue(long now) {
    Place first = ends.later;
    return first == null || first == ends || first.deadline - now > 0 ? null : first.flow;
  }
}
