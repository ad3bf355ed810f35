// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.Hashes;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamPolicy.CircuitLimits;
import dev.fairway.ingress.route.UpstreamPolicy.Outliers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Which endpoint takes a request, by every algorithm. */
class BalancingTest {
  private static final long SECOND = 1_000_000_000L;
  private static final UpstreamPolicy PLAIN =
      new UpstreamPolicy(Outliers.NONE, CircuitLimits.DEFAULT, Duration.ZERO, 50, null);

  @Test
  void roundRobinGoesInTurnAndBeginsWhereChanceWants() {
    Set<Integer> firsts = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      Upstream upstream = new Upstream(Upstreams.of(Algorithm.ROUND_ROBIN, PLAIN).spec(), seed);
      Upstreams.ready(upstream, 0, 1, 2, 3);
      firsts.add(pickNew(upstream, 0, 0));
      assertThat(spread(upstream, 299))
          .as("seed %s", seed)
          .containsKeys(1, 2, 3)
          .allSatisfy((_, count) -> assertThat(count).isBetween(99, 100));
    }
    assertThat(firsts).containsExactlyInAnyOrder(1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void everyAlgorithmSpreadsRequestsEvenly(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(algorithm, PLAIN);
    Upstreams.ready(upstream, 0, IntStream.rangeClosed(1, 10).toArray());
    assertThat(spread(upstream, 20_000))
        .hasSize(10)
        .allSatisfy((_, count) -> assertThat(count).isBetween(1600, 2450));
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void triedEndpointsComeLast(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(algorithm, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2, 3, 4);
    for (int key = 1; key <= 100; key++) {
      Selection selection = keyed(key);
      Set<Integer> seen = new HashSet<>();
      for (int attempt = 0; attempt < 4; attempt++) {
        seen.add(pick(upstream, selection, 0));
      }
      assertThat(seen).containsExactly(1, 2, 3, 4);
      assertThat(upstream.hasUntried(selection)).isFalse();
      assertThat(pick(upstream, selection, 0)).isBetween(1, 4);
    }
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void endpointThatRefusedAConnectionIsLeftOutForAWhile(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(algorithm, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2, 3);
    endpoint(upstream, 2).avoidUntil(SECOND);
    assertThat(spread(upstream, 300)).containsOnlyKeys(1, 3);
    assertThat(spreadAt(upstream, 300, SECOND)).containsOnlyKeys(1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void fullEndpointsAreLeftOut_andThenThereIsNone(Algorithm algorithm) {
    UpstreamPolicy two =
        new UpstreamPolicy(
            Outliers.NONE, new CircuitLimits(1024, 10, 2, 3), Duration.ZERO, 50, null);
    Upstream upstream = Upstreams.of(algorithm, two);
    Upstreams.ready(upstream, 0, 1, 2);
    for (int i = 1; i <= 4; i++) {
      assertThat(upstream.pick(keyed(i), 0)).isNotNull();
    }
    assertThat(endpoint(upstream, 1).active()).isEqualTo(2);
    assertThat(endpoint(upstream, 2).active()).isEqualTo(2);
    assertThat(upstream.pick(keyed(5), 0)).isNull();
    assertThat(upstream.unavailableReason()).isNull();
    upstream.finished(endpoint(upstream, 2));
    assertThat(pick(upstream, keyed(5), 0)).isEqualTo(2);
  }

  @Test
  void leastRequestPrefersTheIdleOne() {
    Upstream upstream = Upstreams.of(Algorithm.LEAST_REQUEST, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2);
    Endpoint busy = endpoint(upstream, 1);
    busy.begin();
    assertThat(spread(upstream, 100).get(2)).isGreaterThan(80);
    busy.end();
    busy.tunnel(1);
    assertThat(spread(upstream, 100).get(2)).as("tunnels are load").isGreaterThan(80);
  }

  @Test
  void ewmaPrefersTheFasterOne_remembersPeaks_andForgetsThem() {
    Upstream upstream = Upstreams.of(Algorithm.EWMA, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2);
    Endpoint slow = endpoint(upstream, 1);
    Endpoint fast = endpoint(upstream, 2);
    upstream.judged(slow, Outcome.SUCCESS, 100_000_000, 0);
    upstream.judged(fast, Outcome.SUCCESS, 10_000_000, 0);
    assertThat(spread(upstream, 100).get(2)).isGreaterThan(80);
    upstream.judged(fast, Outcome.SUCCESS, 500_000_000, 0);
    assertThat(spread(upstream, 100).get(1)).as("after one peak").isGreaterThan(80);
    assertThat(fast.latencyNanos(10 * SECOND))
        .as("a decay time later")
        .isBetween(500_000_000 / 2.8, 500_000_000 / 2.6);
  }

  @Test
  void ewmaNewEndpointStartsAtTheMean() {
    Upstream upstream = Upstreams.of(Algorithm.EWMA, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2);
    upstream.judged(endpoint(upstream, 1), Outcome.SUCCESS, 30_000_000, 0);
    upstream.judged(endpoint(upstream, 2), Outcome.SUCCESS, 10_000_000, 0);
    Upstreams.ready(upstream, 0, 1, 2, 3);
    assertThat(endpoint(upstream, 3).latencyNanos(0)).isBetween(19.9e6, 20.1e6);
    assertThat(endpoint(upstream, 1).latencyNanos(0)).as("state is kept").isBetween(29e6, 31e6);
  }

  @Test
  void failureDoesNotMakeAnEndpointLookFast() {
    Upstream upstream = Upstreams.of(Algorithm.EWMA, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2);
    Endpoint broken = endpoint(upstream, 1);
    upstream.judged(broken, Outcome.SUCCESS, 10_000_000, 0);
    upstream.judged(endpoint(upstream, 2), Outcome.SUCCESS, 10_000_000, 0);
    upstream.judged(broken, Outcome.FAILURE, 1000, 0);
    assertThat(broken.latencyNanos(0)).isGreaterThan(19e6);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void equalKeysGoToOneEndpoint_andFewMoveWhenOneLeaves(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(algorithm, PLAIN);
    Upstreams.ready(upstream, 0, IntStream.rangeClosed(1, 10).toArray());
    int[] before = owners(upstream);
    assertThat(owners(upstream)).isEqualTo(before);
    Upstreams.ready(upstream, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10);
    int[] after = owners(upstream);
    int moved = 0;
    for (int key = 0; key < before.length; key++) {
      assertThat(after[key]).isNotEqualTo(5);
      moved += before[key] != 5 && before[key] != after[key] ? 1 : 0;
    }
    assertThat(moved).as("keys of the others that moved").isLessThan(before.length / 20);
    Upstreams.ready(upstream, 0, IntStream.rangeClosed(1, 10).toArray());
    assertThat(owners(upstream)).as("all back").isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      mode = Mode.INCLUDE,
      names = {"RING_HASH", "MAGLEV"})
  void otherReplicasHashAlike(Algorithm algorithm) {
    Upstream one = Upstreams.of(algorithm, PLAIN);
    Upstream other = new Upstream(one.spec(), 7);
    Upstreams.ready(one, 0, 1, 2, 3);
    Upstreams.ready(other, 5, 1, 2, 3);
    assertThat(owners(one)).isEqualTo(owners(other));
  }

  @Test
  void ringHasAtLeast1024Points() {
    assertThat(new HashRing(new long[] {1}).size()).isGreaterThanOrEqualTo(1024);
    assertThat(new HashRing(new long[] {1, 2, 3}).size()).isGreaterThanOrEqualTo(1024);
    assertThat(new HashRing(new long[20]).size()).isEqualTo(3200);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void preferredEndpointIsChosenWhileItTakesRequests(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(algorithm, PLAIN);
    Upstreams.ready(upstream, 0, 1, 2, 3);
    String identity = endpoint(upstream, 2).identity();
    for (int i = 0; i < 20; i++) {
      Selection sticky = keyed(i + 1);
      sticky.prefer(identity);
      assertThat(pick(upstream, sticky, 0)).isEqualTo(2);
      assertThat(pick(upstream, sticky, 0)).as("after it failed").isNotEqualTo(2);
    }
    Upstreams.ready(upstream, 0, 1, 3);
    Selection sticky = new Selection();
    sticky.prefer(identity);
    assertThat(pick(upstream, sticky, 0)).isIn(1, 3);
    sticky = new Selection();
    sticky.prefer("not ours");
    assertThat(pick(upstream, sticky, 0)).isIn(1, 3);
  }

  @Test
  void newEndpointGetsItsShareSlowly() {
    Upstream upstream = slowStarting();
    Upstreams.ready(upstream, 0, 1, 2);
    long scaled = 100 * SECOND;
    Upstreams.ready(upstream, scaled, 1, 2, 3);
    assertThat(spreadAt(upstream, 3000, scaled).get(3)).isBetween(50, 250);
    assertThat(spreadAt(upstream, 3000, scaled + 15 * SECOND).get(3)).isBetween(450, 750);
    assertThat(spreadAt(upstream, 3000, scaled + 30 * SECOND).get(3)).isEqualTo(1000);
  }

  @Test
  void whereAllAreYoungAllGetTheSame() {
    Upstream upstream = slowStarting();
    Upstreams.ready(upstream, 0, 1);
    Upstreams.ready(upstream, 5 * SECOND, 1, 2, 3);
    assertThat(spreadAt(upstream, 3000, 5 * SECOND).values()).containsOnly(1000);
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"RING_HASH", "MAGLEV"})
  void subsetSharesTheRequestsOfAKey(Algorithm algorithm) {
    Upstream upstream = Upstreams.of(new Balancing(algorithm, "", 3), PLAIN);
    Upstreams.ready(upstream, 0, IntStream.rangeClosed(1, 20).toArray());
    Set<Set<Integer>> subsets = new HashSet<>();
    for (int key = 1; key <= 20; key++) {
      Map<Integer, Integer> shares = new TreeMap<>();
      for (int i = 0; i < 300; i++) {
        shares.merge(pickNew(upstream, key, 0), 1, Integer::sum);
      }
      assertThat(shares).hasSize(3).allSatisfy((_, n) -> assertThat(n).isBetween(60, 140));
      subsets.add(shares.keySet());
    }
    assertThat(subsets).hasSizeGreaterThan(10);
  }

  @Test
  void subsetIsLeftWhenNoneOfItCanBeUsed() {
    Upstream upstream = Upstreams.of(new Balancing(Algorithm.RING_HASH, "", 2), PLAIN);
    Upstreams.ready(upstream, 0, 1, 2, 3, 4);
    Set<Integer> subset = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      subset.add(pickNew(upstream, 1, 0));
    }
    assertThat(subset).hasSize(2);
    subset.forEach(member -> endpoint(upstream, member).avoidUntil(SECOND));
    assertThat(subset).doesNotContain(pickNew(upstream, 1, 0));
  }

  @Test
  void subsetOfFewerEndpointsIsAllOfThem() {
    Upstream upstream = Upstreams.of(new Balancing(Algorithm.RING_HASH, "", 3), PLAIN);
    Upstreams.ready(upstream, 0, 1, 2);
    Set<Integer> used = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      used.add(pickNew(upstream, 1, 0));
    }
    assertThat(used).containsExactlyInAnyOrder(1, 2);
  }

  private static Upstream slowStarting() {
    return Upstreams.of(
        Algorithm.ROUND_ROBIN,
        new UpstreamPolicy(Outliers.NONE, CircuitLimits.DEFAULT, Duration.ofSeconds(30), 50, null));
  }

  private static int[] owners(Upstream upstream) {
    return IntStream.rangeClosed(1, 2000).map(key -> pickNew(upstream, key, 0)).toArray();
  }

  private static Map<Integer, Integer> spread(Upstream upstream, int requests) {
    return spreadAt(upstream, requests, 0);
  }

  private static Map<Integer, Integer> spreadAt(Upstream upstream, int requests, long nanoTime) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < requests; i++) {
      counts.merge(pickNew(upstream, 0, nanoTime), 1, Integer::sum);
    }
    return counts;
  }

  /** The endpoint of a new request that ends at once. */
  private static int pickNew(Upstream upstream, int key, long nanoTime) {
    return pick(upstream, key == 0 ? new Selection() : keyed(key), nanoTime);
  }

  private static int pick(Upstream upstream, Selection selection, long nanoTime) {
    Endpoint endpoint = upstream.pick(selection, nanoTime);
    assertThat(endpoint).isNotNull();
    upstream.finished(endpoint);
    return Upstreams.number(endpoint);
  }

  private static Selection keyed(int key) {
    Selection selection = new Selection();
    selection.balanceBy(Hashes.of("key-" + key));
    return selection;
  }

  private static Endpoint endpoint(Upstream upstream, int number) {
    for (int i = 0; i < upstream.group().size(); i++) {
      if (Upstreams.number(upstream.group().get(i)) == number) {
        return upstream.group().get(i);
      }
    }
    throw new AssertionError("no endpoint " + number);
  }
}
