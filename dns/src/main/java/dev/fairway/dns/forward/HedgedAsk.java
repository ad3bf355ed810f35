// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One lookup at the upstreams of one group. They are asked one after the other as each fails; and
 * when one takes more than twice the time in which it usually answers, the next is asked while the
 * first may still answer. The first good answer counts. Confined to the virtual thread of its
 * lookup, which starts one for each question.
 */
final class HedgedAsk {
  private static final int MAX_UNDER_WAY = 2;

  /**
   * How a question ended.
   *
   * @param message null when there was no usable response
   */
  private record Outcome(Attempt attempt, @Nullable UpstreamMessage message) {}

  private record Attempt(Upstream upstream, long startedAt) {}

  private final Lookup lookup;
  private final UpstreamSet group;
  private final Exchanges exchanges;
  private final LongSupplier nanoTime;
  private final ForwardMetrics metrics;
  private final BiConsumer<Upstream, IOException> onFailure;
  private final LinkedBlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final Map<Attempt, Thread> underWay = new HashMap<>();

  /** Makes the exchange with an upstream. */
  interface Exchanges {
    UpstreamExchange with(Upstream upstream, UpstreamGroup.Connections options);
  }

  /**
   * A lookup.
   *
   * @param onFailure is told of upstreams that did not answer, and why
   */
  HedgedAsk(
      Lookup lookup,
      UpstreamSet group,
      Exchanges exchanges,
      LongSupplier nanoTime,
      ForwardMetrics metrics,
      BiConsumer<Upstream, IOException> onFailure) {
    this.lookup = lookup;
    this.group = group;
    this.exchanges = exchanges;
    this.nanoTime = nanoTime;
    this.metrics = metrics;
    this.onFailure = onFailure;
  }

  /** The first good answer; else the last that says why there is none; null for silence. */
  @Nullable UpstreamMessage ask(long deadline) throws InterruptedException {
    List<Upstream> order = group.inOrder();
    List<Upstream> left = new ArrayList<>(order);
    UpstreamMessage last = null;
    int attempts = 0;
    int next = 0;
    long hedgeAt = 0;
    try {
      while (true) {
        long now = nanoTime.getAsLong();
        boolean late = !underWay.isEmpty() && now - hedgeAt >= 0;
        boolean more = !left.isEmpty() && attempts < group.options().failover().maxAttempts();
        if (now - deadline >= 0 || (underWay.isEmpty() && !more)) {
          return last;
        }
        if (more && (underWay.isEmpty() || (late && underWay.size() < MAX_UNDER_WAY))) {
          Upstream upstream = left.get(next++ % left.size());
          if (late) {
            metrics.hedge();
          }
          attempts++;
          hedgeAt = now + upstream.hedgeAfter();
          start(upstream, now, deadline);
          continue;
        }
        boolean mayHedge = more && underWay.size() < MAX_UNDER_WAY;
        long until = mayHedge ? Math.min(hedgeAt - now, deadline - now) : deadline - now;
        Outcome outcome = outcomes.poll(Math.max(until, 1), TimeUnit.NANOSECONDS);
        if (outcome == null) {
          continue;
        }
        underWay.remove(outcome.attempt);
        UpstreamMessage message = outcome.message;
        if (message != null) {
          if (!group.options().failover().rcodes().contains(message.rcode())) {
            return message;
          }
          last = message;
          // It has given its answer; asking it again gives no other.
          left.remove(outcome.attempt.upstream);
        }
      }
    } finally {
      stopOthers();
    }
  }

  private void start(Upstream upstream, long now, long deadline) {
    Attempt attempt = new Attempt(upstream, now);
    if (!upstream.acquire()) {
      metrics.reject();
      outcomes.add(new Outcome(attempt, null));
      return;
    }
    long end = Math.min(deadline - now, group.options().attemptTimeout().toNanos()) + now;
    underWay.put(
        attempt, Thread.ofVirtual().name("dns-ask").start(() -> outcomes.add(run(attempt, end))));
  }

  private Outcome run(Attempt attempt, long end) {
    Upstream upstream = attempt.upstream;
    try {
      UpstreamMessage message =
          exchanges.with(upstream, group.options().connections()).ask(lookup, end);
      long took = nanoTime.getAsLong() - attempt.startedAt;
      if (message == null) {
        metrics.upstreamFailure();
        return new Outcome(attempt, null);
      }
      upstream.answered(took);
      metrics.answered(upstream.label(), message.rcode(), took);
      return new Outcome(attempt, message);
    } catch (InterruptedException e) {
      // Another upstream was faster.
      upstream.overtaken(nanoTime.getAsLong() - attempt.startedAt);
      return new Outcome(attempt, null);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        upstream.overtaken(nanoTime.getAsLong() - attempt.startedAt);
        return new Outcome(attempt, null);
      }
      metrics.upstreamFailure();
      onFailure.accept(upstream, e);
      return new Outcome(attempt, null);
    } catch (RuntimeException e) {
      System.getLogger(HedgedAsk.class.getName())
          .log(System.Logger.Level.ERROR, "asking an upstream failed", e);
      return new Outcome(attempt, null);
    } finally {
      upstream.release();
    }
  }

  private void stopOthers() {
    underWay.values().forEach(Thread::interrupt);
  }

  /** Whether an answer has no records although the name exists. */
  static boolean isNodata(UpstreamMessage message) {
    return message.rcode() == Rcode.NOERROR && message.isNegative();
  }
}
