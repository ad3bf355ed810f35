// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamPolicy.CircuitLimits;
import dev.fairway.service.EndpointTable.Conditions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that fail, in virtual time. */
class OutliersTest {
  private static final long SECOND = 1_000_000_000L;
  private static final UpstreamPolicy POLICY =
      new UpstreamPolicy(
          UpstreamPolicy.Outliers.DEFAULT, CircuitLimits.DEFAULT, Duration.ZERO, 50, null);

  private final Upstream upstream = Upstreams.of(Algorithm.ROUND_ROBIN, POLICY);

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {"SERVER_ERROR", "FAILURE"})
  void fiveFailuresInARowTakeAnEndpointOut(Outcome failure) {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    fail(1, failure, 4, 0);
    upstream.judged(endpoint(1), Outcome.SUCCESS, 1, 0);
    fail(1, failure, 4, 0);
    assertThat(chosen(0)).containsExactly(1, 2, 3);
    fail(1, failure, 1, 0);
    assertThat(chosen(0)).containsExactly(2, 3);
    assertThat(upstream.ejectedEndpoints()).isEqualTo(1);
    assertThat(upstream.ejections()).isEqualTo(1);
  }

  @Test
  void clientsThatLeaveProveNothing() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    fail(1, Outcome.ABANDONED, 100, 0);
    assertThat(chosen(0)).containsExactly(1, 2, 3);
  }

  @Test
  void ejectionLastsLongerEachTime_andIsForgottenAgain() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    fail(1, Outcome.FAILURE, 5, 0);
    assertThat(chosen(30 * SECOND - 1)).containsExactly(2, 3);
    assertThat(chosen(30 * SECOND)).containsExactly(1, 2, 3);
    long second = 31 * SECOND;
    fail(1, Outcome.FAILURE, 5, second);
    assertThat(chosen(second + 60 * SECOND - 1)).containsExactly(2, 3);
    assertThat(chosen(second + 60 * SECOND)).containsExactly(1, 2, 3);
    long later = second + 200 * SECOND;
    fail(1, Outcome.FAILURE, 5, later);
    assertThat(chosen(later + 30 * SECOND)).containsExactly(1, 2, 3);
  }

  @Test
  void ejectionNeverLastsLongerThanTheMaximum() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    long now = 0;
    for (int i = 0; i < 15; i++) {
      fail(1, Outcome.FAILURE, 5, now);
      now += 300 * SECOND;
      assertThat(chosen(now)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void theOnlyEndpointIsNeverEjected() {
    Upstreams.ready(upstream, 0, 1);
    fail(1, Outcome.FAILURE, 50, 0);
    assertThat(upstream.ejectedEndpoints()).isZero();
    assertThat(chosen(0)).containsExactly(1);
  }

  @Test
  void atMostATenthIsEjected() {
    Upstreams.ready(upstream, 0, IntStream.rangeClosed(1, 40).toArray());
    for (int i = 1; i <= 40; i++) {
      fail(i, Outcome.FAILURE, 5, 0);
    }
    assertThat(upstream.ejectedEndpoints()).isEqualTo(4);
    assertThat(chosen(0)).hasSize(36);
  }

  @Test
  void whereFewerThanHalfAreHealthyAllAreUsed() {
    Upstreams.ready(upstream, 0, 1, 2, 3, 4);
    upstream.probed(endpoint(1), false, 0);
    upstream.probed(endpoint(2), false, 0);
    assertThat(chosen(0)).containsExactly(3, 4);
    upstream.probed(endpoint(3), false, 0);
    assertThat(chosen(0)).containsExactly(1, 2, 3, 4);
    upstream.probed(endpoint(3), true, 0);
    assertThat(chosen(0)).containsExactly(3, 4);
  }

  @Test
  void ejectionSurvivesAChangeOfTheOtherEndpoints() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    fail(1, Outcome.FAILURE, 5, 0);
    Upstreams.ready(upstream, SECOND, 1, 3, 4);
    assertThat(chosen(SECOND)).containsExactly(3, 4);
    assertThat(upstream.ejectedEndpoints()).isEqualTo(1);
    Upstreams.ready(upstream, SECOND, 3, 4);
    assertThat(upstream.ejectedEndpoints()).isZero();
  }

  @Test
  void endpointSetsFollowReadiness() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
    List<Endpoint> gone = Upstreams.ready(upstream, 0, 2);
    assertThat(gone).extracting(Upstreams::number).containsExactly(1, 3);
    assertThat(gone).allMatch(Endpoint::isRetired);
    Upstreams.update(upstream, 0, List.of(Upstreams.endpoint(2, Conditions.SERVING_TERMINATING)));
    assertThat(Upstreams.members(upstream)).as("none is ready").containsExactly(2);
    Upstreams.update(upstream, 0, List.of());
    assertThat(upstream.pick(new Selection(), 0)).isNull();
    assertThat(upstream.unavailableReason()).contains("no endpoint");
    Upstreams.ready(upstream, 0, 1, 2, 3);
    assertThat(chosen(0)).containsExactly(1, 2, 3);
  }

  private void fail(int number, Outcome outcome, int times, long nanoTime) {
    for (int i = 0; i < times; i++) {
      upstream.judged(endpoint(number), outcome, 1, nanoTime);
    }
  }

  private Set<Integer> chosen(long nanoTime) {
    Set<Integer> numbers = new TreeSet<>();
    for (int i = 0; i < 500; i++) {
      Endpoint endpoint = upstream.pick(new Selection(), nanoTime);
      assertThat(endpoint).isNotNull();
      upstream.finished(endpoint);
      numbers.add(Upstreams.number(endpoint));
    }
    return numbers;
  }

  private Endpoint endpoint(int number) {
    for (int i = 0; i < upstream.group().size(); i++) {
      if (Upstreams.number(upstream.group().get(i)) == number) {
        return upstream.group().get(i);
      }
    }
    throw new AssertionError("no endpoint " + number);
  }
}
