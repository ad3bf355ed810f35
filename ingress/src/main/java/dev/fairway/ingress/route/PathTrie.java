// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prefix routes by path element. A trailing slash of a route's path makes no element of its own:
 * {@code /foo} and {@code /foo/} match the same requests, and where both exist the longer is asked
 * first.
 */
final class PathTrie {
  private final @Nullable Candidates slashed;
  private final @Nullable Candidates plain;
  private final RegionMap<PathTrie> children;

  private PathTrie(
      @Nullable Candidates slashed, @Nullable Candidates plain, RegionMap<PathTrie> children) {
    this.slashed = slashed;
    this.plain = plain;
    this.children = children;
  }

  /** The route with the longest path that is a prefix of the target's and accepts the request. */
  @Nullable Route longestPrefix(RequestTarget target, String method, HttpFields fields) {
    String path = target.path();
    PathTrie node = this;
    Route best = find(target, method, fields);
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      node = node.children.get(path, from, to);
      if (node == null) {
        return best;
      }
      Route longer = node.find(target, method, fields);
      best = longer == null ? best : longer;
      from = to + 1;
    }
    return best;
  }

  private @Nullable Route find(RequestTarget target, String method, HttpFields fields) {
    Route found = slashed == null ? null : slashed.find(target, method, fields);
    return found == null && plain != null ? plain.find(target, method, fields) : found;
  }

  /** Collects routes; not thread-safe. */
  static final class Builder {
    private final Candidates.Builder slashed = new Candidates.Builder();
    private final Candidates.Builder plain = new Candidates.Builder();
    private final Map<String, Builder> children = new HashMap<>();

    /** Adds a route, or returns the one that already has this very match. */
    @Nullable Route putIfAbsent(Route added) {
      String path = added.match().path();
      Builder node = this;
      boolean endsWithSlash = path.endsWith("/");
      int end = endsWithSlash ? path.length() - 1 : path.length();
      int from = 1;
      while (from <= end) {
        int slash = path.indexOf('/', from);
        int to = slash < 0 || slash > end ? end : slash;
        node = node.children.computeIfAbsent(path.substring(from, to), _ -> new Builder());
        from = to + 1;
      }
      return (endsWithSlash ? node.slashed : node.plain).putIfAbsent(added);
    }

    PathTrie build() {
      Map<String, PathTrie> built = HashMap.newHashMap(children.size());
      children.forEach((element, child) -> built.put(element, child.build()));
      return new PathTrie(slashed.buildOrNull(), plain.buildOrNull(), RegionMap.copyOf(built));
    }
  }
}
