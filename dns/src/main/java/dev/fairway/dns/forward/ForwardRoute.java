// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.WireName;
import java.util.List;

/**
 * Where names of one zone are looked up. Of several routes the one with the longest zone decides.
 *
 * @param zone in text form, {@code .} for all names
 * @param groups asked in turn, the second only when the first says so; none to refuse the names
 * @param except zones below that are refused
 * @param cache how long answers are kept
 */
public record ForwardRoute(
    String zone, List<UpstreamGroup> groups, List<String> except, CachePolicy cache) {
  public ForwardRoute {
    WireName.of(zone);
    groups = List.copyOf(groups);
    except = List.copyOf(except);
    except.forEach(WireName::of);
  }

  /** A route without exceptions and with the default cache. */
  public static ForwardRoute of(String zone, UpstreamGroup group) {
    return new ForwardRoute(zone, List.of(group), List.of(), CachePolicy.DEFAULT);
  }
}
