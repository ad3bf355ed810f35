// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one host name: exact paths first, then expressions, the longest first, then the
 * longest prefix, then the default. Immutable.
 */
public final class VirtualHost {
  private final RegionMap<Candidates> exact;
  private final Route[] expressions;
  private final PathTrie prefixes;
  private final @Nullable Route fallback;
  private final int size;

  private VirtualHost(Builder builder) {
    Map<String, Candidates> built = HashMap.newHashMap(builder.exact.size());
    builder.exact.forEach((path, candidates) -> built.put(path, candidates.build()));
    exact = RegionMap.copyOf(built);
    builder.expressions.sort(Builder.LONGEST_FIRST);
    expressions = builder.expressions.toArray(Route[]::new);
    prefixes = builder.prefixes.build();
    fallback = builder.fallback;
    size = builder.size;
  }

  /** How many routes there are, without the default. */
  public int size() {
    return size;
  }

  @Nullable Route match(RequestTarget target, String method, HttpFields fields) {
    Candidates candidates = exact.get(target.path());
    Route route = candidates == null ? null : candidates.find(target, method, fields);
    if (route == null && expressions.length > 0) {
      route = matchExpression(target, method, fields);
    }
    if (route == null) {
      route = prefixes.longestPrefix(target, method, fields);
    }
    return route == null ? fallback : route;
  }

  private @Nullable Route matchExpression(RequestTarget target, String method, HttpFields fields) {
    for (Route route : expressions) {
      RouteMatch match = route.match();
      if (match.pattern() != null
          && match.pattern().matcher(target.path()).lookingAt()
          && match.accepts(target, method, fields)) {
        return route;
      }
    }
    return null;
  }

  /** Collects the routes of a host; not thread-safe. */
  public static final class Builder {
    private static final Comparator<Route> LONGEST_FIRST =
        Comparator.comparing((Route route) -> -route.match().path().length())
            .thenComparing(Candidates.SPECIFIC_FIRST);

    private final Map<String, Candidates.Builder> exact = new HashMap<>();
    private final List<Route> expressions = new ArrayList<>();
    private final PathTrie.Builder prefixes = new PathTrie.Builder();
    private @Nullable Route fallback;
    private int size;

    /** Adds a route, or returns the earlier one with the same match. */
    public @Nullable Route add(Route route) {
      Route earlier = putIfAbsent(route);
      size += earlier == null ? 1 : 0;
      return earlier;
    }

    private @Nullable Route putIfAbsent(Route route) {
      return switch (route.match().pathType()) {
        case EXACT ->
            exact
                .computeIfAbsent(route.match().path(), _ -> new Candidates.Builder())
                .putIfAbsent(route);
        case PREFIX -> prefixes.putIfAbsent(route);
        case REGEX -> {
          Route present = withMatch(route.match());
          if (present == null) {
            expressions.add(route);
          }
          yield present;
        }
      };
    }

    private @Nullable Route withMatch(RouteMatch match) {
      for (Route present : expressions) {
        if (present.match().equals(match)) {
          return present;
        }
      }
      return null;
    }

    /** Sets what answers the requests that match nothing else, or returns the earlier default. */
    public @Nullable Route addDefault(Route route) {
      if (fallback != null) {
        return fallback;
      }
      fallback = route;
      return null;
    }

    /** The routes; the builder must not be used any more. */
    public VirtualHost build() {
      return new VirtualHost(this);
    }
  }
}
