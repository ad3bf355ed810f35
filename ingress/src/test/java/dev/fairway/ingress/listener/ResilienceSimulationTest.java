// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.Hashes;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamPolicy.CircuitLimits;
import dev.fairway.ingress.route.UpstreamPolicy.Outliers;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import dev.fairway.ingress.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Requests, endpoints that come, go, fail and recover, in virtual time by a seed; a naive model of
 * what an upstream may and must do looks at every choice. The name of a failed test is its seed.
 */
class ResilienceSimulationTest {
  private static final int STEPS = 4000;
  private static final int MAX_ACTIVE = 4;
  private static final long MILLISECOND = 1_000_000L;
  private static final UpstreamPolicy POLICY =
      new UpstreamPolicy(
          new Outliers(3, Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(1), 30),
          new CircuitLimits(1024, 5, MAX_ACTIVE, 2),
          Duration.ofSeconds(2),
          50,
          null);
  private static final RetryPolicy RETRIES =
      new RetryPolicy(3, Duration.ZERO, Set.of(503), true, false);

  @TestFactory
  List<DynamicTest> everyChoiceIsAllowed() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (int seed = 1; seed <= 3; seed++) {
        long number = seed;
        tests.add(
            DynamicTest.dynamicTest(
                algorithm + " " + seed, () -> new World(algorithm, number).run()));
      }
    }
    return tests;
  }

  /** A request of the model; its fate is decided when it reaches an endpoint. */
  private static final class Request {
    final Attempts attempts;
    final boolean idempotent;
    final Set<Integer> tried = new HashSet<>();
    int endpoint;
    long dueNanos;

    Request(Attempts attempts, boolean idempotent) {
      this.attempts = attempts;
      this.idempotent = idempotent;
    }
  }

  /** What the model knows of an endpoint. */
  private static final class Pod {
    int inARow;
    int active;
    int ejections;
    long ejectedUntil;
    boolean ejected;
    boolean broken;
  }

  private static final class World {
    private final Random random;
    private final Algorithm algorithm;
    private final Upstream upstream;
    private final Map<Integer, Pod> pods = new HashMap<>();
    private final PriorityQueue<Request> running =
        new PriorityQueue<>((a, b) -> Long.compare(a.dueNanos, b.dueNanos));
    private final Map<Request, Pod> places = new HashMap<>();
    private long now;
    private int answered;
    private int ejections;

    World(Algorithm algorithm, long seed) {
      this.algorithm = algorithm;
      random = new Random(seed);
      upstream = Upstreams.of(algorithm, POLICY);
      for (int i = 1; i <= 6; i++) {
        pods.put(i, new Pod());
      }
      publish();
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        now += random.nextInt(20) * MILLISECOND;
        while (!running.isEmpty() && running.peek().dueNanos <= now) {
          end(running.remove());
        }
        switch (random.nextInt(40)) {
          case 0 -> scale();
          case 1 -> anyPod().broken = true;
          case 2, 3 -> anyPod().broken = false;
          default -> begin();
        }
        checkCounts();
      }
      while (!running.isEmpty()) {
        end(running.remove());
      }
      assertThat(upstream.activeRequests()).isZero();
      assertThat(answered).isGreaterThan(STEPS / 4);
      assertThat(ejections).isGreaterThan(10).isEqualTo((int) upstream.ejections());
    }

    private Pod pod(int number) {
      return Objects.requireNonNull(pods.get(number));
    }

    private Pod anyPod() {
      List<Pod> all = new ArrayList<>(pods.values());
      return all.get(random.nextInt(all.size()));
    }

    private void scale() {
      int number = 1 + random.nextInt(12);
      if (pods.containsKey(number) && pods.size() > 1) {
        pods.remove(number);
      } else {
        pods.putIfAbsent(number, new Pod());
      }
      publish();
    }

    private void publish() {
      Upstreams.ready(
          upstream, now, new TreeSet<>(pods.keySet()).stream().mapToInt(n -> n).toArray());
      sweep();
    }

    /** Ejections that are over end. */
    private void sweep() {
      for (Pod pod : pods.values()) {
        if (pod.ejected && now >= pod.ejectedUntil) {
          pod.ejected = false;
          pod.inARow = 0;
        }
      }
    }

    private void begin() {
      boolean idempotent = random.nextBoolean();
      Selection selection = new Selection();
      if (random.nextInt(3) == 0) {
        selection.balanceBy(Hashes.of("user " + random.nextInt(20)));
      }
      attempt(new Request(new Attempts(upstream, RETRIES, selection, idempotent, now), idempotent));
    }

    private void attempt(Request request) {
      Endpoint endpoint = request.attempts.begin(now);
      sweep();
      if (endpoint == null) {
        assertThat(pods.values()).as("all are full").allMatch(pod -> pod.active >= MAX_ACTIVE);
        request.attempts.over();
        return;
      }
      int number = Upstreams.number(endpoint);
      check(request, number);
      Pod pod = pod(number);
      pod.active++;
      places.put(request, pod);
      request.endpoint = number;
      request.tried.add(number);
      request.dueNanos = now + (1 + random.nextInt(60)) * MILLISECOND;
      running.add(request);
    }

    /** The naive rules: a member, with a place, in service and not tried where there is one. */
    private void check(Request request, int number) {
      assertThat(pods).as("%s at %s", algorithm, now).containsKey(number);
      assertThat(pod(number).active).isLessThan(MAX_ACTIVE);
      long fit =
          pods.entrySet().stream()
              .filter(entry -> isFit(request, entry.getKey(), entry.getValue()))
              .count();
      if (fit > 0) {
        assertThat(isFit(request, number, pod(number)))
            .as("%s took %s though %s others are better", algorithm, number, fit)
            .isTrue();
      }
      boolean untried =
          pods.entrySet().stream()
              .anyMatch(entry ->
                  !request.tried.contains(entry.getKey()) && entry.getValue().active < MAX_ACTIVE);
      assertThat(!untried || !request.tried.contains(number)).isTrue();
    }

    /** Whether so many left that the ejected ones are needed. */
    private boolean panics() {
      long in = pods.values().stream().filter(pod -> !pod.ejected).count();
      return in * 2 < pods.size();
    }

    private boolean isFit(Request request, int number, Pod pod) {
      return (!pod.ejected || panics())
          && !request.tried.contains(number)
          && pod.active < MAX_ACTIVE;
    }

    private void end(Request request) {
      Pod pod = Objects.requireNonNull(places.remove(request));
      pod.active--;
      boolean member = pods.get(request.endpoint) == pod;
      if (!pod.broken) {
        pod.inARow = 0;
        request.attempts.responded(200, now);
        request.attempts.over();
        answered++;
        return;
      }
      boolean status = random.nextBoolean();
      boolean again;
      judge(pod, member);
      if (status) {
        request.attempts.responded(503, now);
        again = request.attempts.repeatsInstead(503, true, now);
      } else {
        request.attempts.failed(now);
        again = request.attempts.mayRepeat(Failure.CLOSED, false, false, true, now);
      }
      if (again) {
        assertThat(request.idempotent).as("only without a second effect").isTrue();
        assertThat(request.attempts.count()).isLessThan(RETRIES.attempts());
        attempt(request);
      } else {
        request.attempts.over();
      }
    }

    private void judge(Pod pod, boolean member) {
      pod.inARow++;
      long ejected = pods.values().stream().filter(other -> other.ejected).count();
      long most = Math.min(Math.max(1, pods.size() * 30 / 100), pods.size() - 1);
      if (member && pod.inARow >= 3 && !pod.ejected && ejected < most) {
        long forgotten = Math.max(0, (now - pod.ejectedUntil) / 1_000_000_000L);
        pod.ejections = (int) Math.max(0, pod.ejections - forgotten) + 1;
        pod.ejectedUntil = now + Math.min(3L * pod.ejections, 10) * 1_000_000_000L;
        pod.ejected = true;
        ejections++;
        sweep();
      }
    }

    private void checkCounts() {
      int active = pods.values().stream().mapToInt(pod -> pod.active).sum();
      assertThat(upstream.activeRequests()).isEqualTo(active);
    }
  }
}
