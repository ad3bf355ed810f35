// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes of one host name: exact paths first, then the longest prefix, then the default. */
final class VirtualHost {
  private final RegionMap<Route> exact;
  private final PathTrie prefixes;
  private final @Nullable Route fallback;

  private VirtualHost(Builder builder) {
    exact = RegionMap.copyOf(builder.exact);
    prefixes = builder.prefixes.build();
    fallback = builder.fallback;
  }

  @Nullable Route match(String path) {
    Route route = exact.get(path);
    if (route == null) {
      route = prefixes.longestPrefix(path);
    }
    return route == null ? fallback : route;
  }

  /** Collects the routes of a host; not thread-safe. */
  static final class Builder {
    private final Map<String, Route> exact = new HashMap<>();
    private final PathTrie.Builder prefixes = new PathTrie.Builder();
    private @Nullable Route fallback;

    @Nullable Route putIfAbsent(Route route) {
      return switch (route.match().pathType()) {
        case EXACT -> exact.putIfAbsent(route.match().path(), route);
        case PREFIX -> prefixes.putIfAbsent(route);
      };
    }

    @Nullable Route fallbackIfAbsent(Route route) {
      if (fallback != null) {
        return fallback;
      }
      fallback = route;
      return null;
    }

    VirtualHost build() {
      return new VirtualHost(this);
    }
  }
}
