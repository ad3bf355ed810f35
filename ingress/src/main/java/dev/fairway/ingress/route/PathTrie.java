// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prefix routes by path element. A trailing slash of a route's path makes no element of its own:
 * {@code /foo} and {@code /foo/} match the same requests, and where both exist the longer wins.
 */
final class PathTrie {
  private final @Nullable Route route;
  private final RegionMap<PathTrie> children;

  private PathTrie(@Nullable Route route, RegionMap<PathTrie> children) {
    this.route = route;
    this.children = children;
  }

  /** The route with the longest path that is a prefix of {@code path}, or null. */
  @Nullable Route longestPrefix(String path) {
    PathTrie node = this;
    Route best = route;
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      node = node.children.get(path, from, to);
      if (node == null) {
        return best;
      }
      if (node.route != null) {
        best = node.route;
      }
      from = to + 1;
    }
    return best;
  }

  /** Collects routes; not thread-safe. */
  static final class Builder {
    private @Nullable Route route;
    private final Map<String, Builder> children = new HashMap<>();

    /** Adds a route, or returns the one that already has this very path. */
    @Nullable Route putIfAbsent(Route added) {
      String path = added.match().path();
      Builder node = this;
      int end = path.endsWith("/") ? path.length() - 1 : path.length();
      int from = 1;
      while (from <= end) {
        int slash = path.indexOf('/', from);
        int to = slash < 0 || slash > end ? end : slash;
        node = node.children.computeIfAbsent(path.substring(from, to), _ -> new Builder());
        from = to + 1;
      }
      Route present = node.route;
      if (present == null || present.match().path().length() < path.length()) {
        node.route = added;
        return null;
      }
      return present.match().path().equals(path) ? present : null;
    }

    PathTrie build() {
      Map<String, PathTrie> built = HashMap.newHashMap(children.size());
      children.forEach((element, child) -> built.put(element, child.build()));
      return new PathTrie(route, RegionMap.copyOf(built));
    }
  }
}
