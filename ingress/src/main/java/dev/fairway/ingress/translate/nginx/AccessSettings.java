// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AddressRules;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The annotations about addresses of clients. A list that cannot be read closes its paths. */
final class AccessSettings {
  private AccessSettings() {}

  /** The rules, or null where there are none. */
  static @Nullable RouteFilter read(Annotations annotations, GlobalSettings.Access global) {
    List<IpPrefix> denied = ranges(annotations, "denylist-source-range", global.denied());
    List<IpPrefix> allowed = ranges(annotations, "allowlist-source-range", global.allowed());
    if (denied == null || allowed == null) {
      return new FixedAnswer(503, "the list of addresses of this path is not valid");
    }
    return denied.isEmpty() && allowed.isEmpty() ? null : new AddressRules(denied, allowed);
  }

  /** Who is never served, or null where nobody is kept away. */
  static @Nullable RouteFilter blocked(GlobalSettings.Access global) {
    List<IpPrefix> blocked = global.blocked();
    if (blocked == null) {
      return new FixedAnswer(503, "the list of addresses of the gateway is not valid");
    }
    return blocked.isEmpty() ? null : new AddressRules(blocked, List.of());
  }

  private static @Nullable List<IpPrefix> ranges(
      Annotations annotations, String name, @Nullable List<IpPrefix> fallback) {
    return annotations.has(name) ? ranges(annotations, name) : fallback;
  }

  /** Addresses and ranges; null where one of them is neither. */
  static @Nullable List<IpPrefix> ranges(Annotations annotations, String name) {
    List<IpPrefix> ranges = new ArrayList<>();
    for (String text : annotations.list(name)) {
      IpAddress single = IpAddress.tryParse(text);
      IpPrefix range = single == null ? IpPrefix.tryParse(text) : IpPrefix.single(single);
      if (range == null) {
        annotations.invalid(name, "addresses and CIDR ranges with commas between them");
        return null;
      }
      ranges.add(range);
    }
    if (ranges.isEmpty() && annotations.has(name)) {
      annotations.invalid(name, "at least one address or CIDR range");
      return null;
    }
    return ranges;
  }
}
