// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;

/**
 * The zones of limits by what they belong to. A zone lives as long as a route that has it, so that
 * compiling the route again forgets nobody. Not thread-safe.
 */
public final class LimitZones {
  private static final int SWEEP = 1024;

  private final Map<Object, WeakReference<LimitZone>> zones = new HashMap<>();
  private int asked;

  /**
   * The zone of an owner.
   *
   * @param owner equal for what is the same limit
   */
  public LimitZone get(Object owner) {
    if (++asked % SWEEP == 0) {
      zones.values().removeIf(zone -> zone.get() == null);
    }
    WeakReference<LimitZone> known = zones.get(owner);
    LimitZone zone = known == null ? null : known.get();
    if (zone == null) {
      zone = new LimitZone();
      zones.put(owner, new WeakReference<>(zone));
    }
    return zone;
  }
}
