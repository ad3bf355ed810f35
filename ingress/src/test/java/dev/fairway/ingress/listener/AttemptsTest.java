// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import dev.fairway.ingress.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a request is tried again. */
class AttemptsTest {
  private static final RetryPolicy ALL =
      new RetryPolicy(3, Duration.ZERO, Set.of(502, 503), true, true);

  private final Upstream upstream = Upstreams.of(Algorithm.ROUND_ROBIN, UpstreamPolicy.DEFAULT);

  @BeforeEach
  void threeEndpoints() {
    Upstreams.ready(upstream, 0, 1, 2, 3);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    // what happened | failure | policy allows all | idempotent | unprocessed | answered | again
    "refused connection of any method, CONNECT_FAILED, false, false, false, false, true",
    "connection that did not open in time, CONNECT_TIMEOUT, false, false, false, false, true",
    "request that the endpoint refused, REFUSED, false, false, false, false, true",
    "unread request of any method, CLOSED, false, false, true, false, true",
    "lost GET, CLOSED, false, true, false, false, true",
    "lost POST, CLOSED, false, false, false, false, false",
    "lost POST where the policy allows it, CLOSED, true, false, false, false, true",
    "response cut off, CLOSED, true, true, false, true, false",
    "silence, TIMEOUT, false, true, false, false, false",
    "silence where the policy allows it, TIMEOUT, true, true, false, false, true",
    "silence within a response, TIMEOUT, true, true, false, true, false",
    "nonsense, MALFORMED, true, true, false, true, false",
  })
  void failureIsRepeatedOnlyWhereThatIsSafe(
      String name,
      Failure failure,
      boolean allowed,
      boolean idempotent,
      boolean unprocessed,
      boolean answered,
      boolean again) {
    Attempts attempts = attempts(allowed ? ALL : RetryPolicy.DEFAULT, idempotent);
    attempts.begin(0);
    attempts.failed(0);
    assertThat(attempts.mayRepeat(failure, unprocessed, answered, true, 0)).isEqualTo(again);
    attempts.over();
    assertThat(upstream.activeRequests()).isZero();
  }

  @Test
  void bodyThatIsNotThereAnyMoreForbidsIt() {
    Attempts attempts = attempts(ALL, true);
    attempts.begin(0);
    attempts.failed(0);
    assertThat(attempts.mayRepeat(Failure.CONNECT_FAILED, true, false, false, 0)).isFalse();
  }

  @Test
  void threeTriesInAll_eachAtAnotherEndpoint() {
    Attempts attempts = attempts(RetryPolicy.DEFAULT, true);
    List<Integer> tried = new ArrayList<>();
    boolean again = true;
    while (again) {
      tried.add(Upstreams.number(Objects.requireNonNull(attempts.begin(0))));
      attempts.failed(0);
      again = attempts.mayRepeat(Failure.CONNECT_FAILED, false, false, true, 0);
    }
    assertThat(tried).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Test
  void noAttemptBeginsAfterTheTimeOfThePolicy() {
    RetryPolicy second = new RetryPolicy(9, Duration.ofSeconds(1), Set.of(), false, false);
    Attempts attempts = attempts(second, true);
    attempts.begin(0);
    attempts.failed(0);
    assertThat(attempts.mayRepeat(Failure.CLOSED, false, false, true, 999_999_999)).isTrue();
    attempts.begin(999_999_999);
    attempts.failed(999_999_999);
    assertThat(attempts.mayRepeat(Failure.CLOSED, false, false, true, 1_000_000_000)).isFalse();
  }

  @ParameterizedTest(name = "{0} of an idempotent request: {1}, idempotent: {2}")
  @CsvSource({"503, true, true", "500, true, false", "200, true, false", "503, false, false"})
  void responseIsReplacedOnlyByPolicy(int status, boolean idempotent, boolean again) {
    RetryPolicy some = new RetryPolicy(3, Duration.ZERO, Set.of(502, 503), false, false);
    Attempts attempts = attempts(some, idempotent);
    attempts.begin(0);
    attempts.responded(status, 0);
    assertThat(attempts.repeatsInstead(status, true, 0)).isEqualTo(again);
    assertThat(upstream.activeRequests()).isEqualTo(again ? 0 : 1);
  }

  @Test
  void budgetIsAFifthOfTheRequests_butThreeInAnyCase() {
    List<Attempts> failed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Attempts attempts = attempts(RetryPolicy.DEFAULT, true);
      attempts.begin(0);
      failed.add(attempts);
    }
    int again = 0;
    for (Attempts attempts : failed) {
      attempts.failed(0);
      again += attempts.mayRepeat(Failure.CLOSED, false, false, true, 0) ? 1 : 0;
    }
    assertThat(again).as("few requests").isEqualTo(3);
    failed.forEach(Attempts::over);

    for (int i = 0; i < 100; i++) {
      attempts(RetryPolicy.DEFAULT, true).begin(0);
    }
    again = 0;
    for (int i = 0; i < 100; i++) {
      Attempts attempts = attempts(RetryPolicy.DEFAULT, true);
      attempts.begin(0);
      attempts.failed(0);
      again += attempts.mayRepeat(Failure.CLOSED, false, false, true, 0) ? 1 : 0;
    }
    assertThat(again).as("a fifth of 100").isEqualTo(20);
    Attempts unsent = attempts(RetryPolicy.DEFAULT, true);
    unsent.begin(0);
    unsent.failed(0);
    assertThat(unsent.mayRepeat(Failure.CONNECT_FAILED, false, false, true, 0))
        .as("what was never sent costs nothing")
        .isTrue();
  }

  @Test
  void delayGrowsByChanceUpTo250Milliseconds() {
    for (int i = 0; i < 200; i++) {
      assertThat(upstream.backoffNanos(1)).isBetween(0L, 25_000_000L);
      assertThat(upstream.backoffNanos(3)).isBetween(0L, 100_000_000L);
      assertThat(upstream.backoffNanos(30)).isBetween(0L, 250_000_000L);
    }
    long longest = 0;
    for (int i = 0; i < 200; i++) {
      longest = Math.max(longest, upstream.backoffNanos(30));
    }
    assertThat(longest).isGreaterThan(200_000_000L);
  }

  @Test
  void anotherEndpointIsTriedAtOnceAfterARefusedConnection() {
    Attempts attempts = attempts(RetryPolicy.DEFAULT, true);
    attempts.begin(0);
    attempts.failed(0);
    assertThat(attempts.delayNanos(true)).isZero();
    assertThat(attempts.delayNanos(false)).isPositive();
  }

  @Test
  void noAttemptFollowsBeforeTheBackoffThatIsAskedFor() {
    RetryPolicy policy =
        new RetryPolicy(3, Duration.ZERO, Set.of(503), true, false, Duration.ofMillis(400));
    Attempts attempts = attempts(policy, true);
    attempts.begin(0);
    attempts.failed(0);
    for (int i = 0; i < 100; i++) {
      assertThat(attempts.delayNanos(true)).isBetween(400_000_000L, 650_000_000L);
      assertThat(attempts.delayNanos(false)).isBetween(400_000_000L, 650_000_000L);
    }
  }

  @Test
  void tunnelIsNoRequestAnyMore() {
    Attempts attempts = attempts(RetryPolicy.DEFAULT, true);
    attempts.begin(0);
    attempts.responded(101, 0);
    attempts.becomesTunnel();
    assertThat(upstream.activeRequests()).isZero();
    attempts.over();
    attempts.over();
    assertThat(upstream.activeRequests()).isZero();
  }

  private Attempts attempts(RetryPolicy policy, boolean idempotent) {
    return new Attempts(upstream, policy, new Selection(), idempotent, 0);
  }
}
