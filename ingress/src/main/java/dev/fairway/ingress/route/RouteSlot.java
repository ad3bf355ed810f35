// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import org.jspecify.annotations.Nullable;

/**
 * Room at a route for what somebody found out about it once, such as its counters. Any two are
 * equal: what is in one does not make a route another. Writes race harmlessly where every writer
 * would write the same object, whose fields are final.
 */
public final class RouteSlot {
  private @Nullable Object value;

  /** What was put here, or null. */
  public @Nullable Object get() {
    return value;
  }

  public void set(Object found) {
    value = found;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RouteSlot;
  }

  @Override
  public int hashCode() {
    return 1;
  }

  @Override
  public String toString() {
    return "";
  }
}
