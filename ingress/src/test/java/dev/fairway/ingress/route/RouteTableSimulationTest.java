// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.http1.HttpFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compiled table against a matcher that follows the words of the specification. */
class RouteTableSimulationTest {
  private static final String[] HOSTS = {"", "a.com", "*.a.com", "b.a.com", "*.b.a.com", "c.org"};
  private static final String[] ASKED = {
    "a.com", "b.a.com", "x.a.com", "x.b.a.com", "y.x.b.a.com", "c.org", "d.org", ""
  };

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void tableAgreesWithNaiveMatcher(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<Route> routes = new ArrayList<>();
      RouteTable.Builder builder = new RouteTable.Builder(RouteTable.HostRule.INGRESS);
      int count = random.nextInt(12);
      for (int i = 0; i < count; i++) {
        RouteMatch match =
            RouteMatch.path(
                HOSTS[random.nextInt(HOSTS.length)],
                random.nextBoolean() ? PathType.EXACT : PathType.PREFIX,
                path(random));
        Route route = Routes.route("route " + i, match);
        routes.add(route);
        builder.add(route);
      }
      RouteTable table = builder.build();
      for (String host : ASKED) {
        for (int k = 0; k < 10; k++) {
          String path = path(random);
          assertThat(table.match(new RequestTarget(host, host, path, ""), "GET", new HttpFields()))
              .as("seed %d round %d host '%s' path '%s' routes %s", seed, round, host, path, routes)
              .isEqualTo(naive(routes, host, path));
        }
      }
    }
  }

  private static String path(Random random) {
    StringBuilder path = new StringBuilder();
    int elements = random.nextInt(4);
    for (int i = 0; i < elements; i++) {
      path.append('/').append(new String[] {"a", "b", "ab"}[random.nextInt(3)]);
    }
    if (path.isEmpty() || random.nextInt(4) == 0) {
      path.append('/');
    }
    return path.toString();
  }

  private static @Nullable Route naive(List<Route> routes, String host, String path) {
    int dot = host.indexOf('.');
    String wildcard = dot < 0 ? "none" : "*" + host.substring(dot);
    for (String candidate : List.of(host, wildcard, "")) {
      List<Route> ofHost = routes.stream().filter(r -> r.match().host().equals(candidate)).toList();
      if (!ofHost.isEmpty()) {
        return best(ofHost, path);
      }
    }
    return null;
  }

  private static @Nullable Route best(List<Route> routes, String path) {
    Route best = null;
    for (Route route : routes) {
      RouteMatch match = route.match();
      if (match.pathType() == PathType.EXACT && match.path().equals(path)) {
        return route;
      }
      String prefix = match.path().endsWith("/") ? match.path() : match.path() + "/";
      boolean matches = match.pathType() == PathType.PREFIX && (path + "/").startsWith(prefix);
      if (matches && (best == null || match.path().length() > best.match().path().length())) {
        best = route;
      }
    }
    return best;
  }
}
