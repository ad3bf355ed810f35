// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Outcome;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request: which endpoint is next, what the former ones mean for the endpoints,
 * and whether there may be another one. An attempt that was certainly not processed may always be
 * repeated; any other only where that has no second effect, and within the budget of its upstream.
 * Time is a parameter; confined to the event loop of the client.
 */
final class Attempts {
  private final Upstream upstream;
  private final RetryPolicy policy;
  private final Selection selection;
  private final boolean harmless;
  private final long startNanos;
  private @Nullable Endpoint current;
  private @Nullable Endpoint tunnel;
  private long attemptNanos;
  private boolean judged;
  private boolean inBudget;

  /**
   * @param idempotent whether sending the request twice has the effect of sending it once
   */
  Attempts(
      Upstream upstream,
      RetryPolicy policy,
      Selection selection,
      boolean idempotent,
      long nanoTime) {
    this.upstream = upstream;
    this.policy = policy;
    this.selection = selection;
    harmless = idempotent || policy.nonIdempotent();
    startNanos = nanoTime;
  }

  /** Begins an attempt; null where there is no endpoint, or none with a free place. */
  @Nullable Endpoint begin(long nanoTime) {
    current = upstream.pick(selection, nanoTime);
    attemptNanos = nanoTime;
    judged = false;
    return current;
  }

  /** How many attempts began. */
  int count() {
    return selection.attempts();
  }

  /** Whether a request can ever be sent again, so that its body is worth keeping. */
  boolean canRepeat() {
    return policy.attempts() > 1;
  }

  /** The head of a final response arrived. */
  void responded(int status, long nanoTime) {
    judge(status >= 500 ? Outcome.SERVER_ERROR : Outcome.SUCCESS, nanoTime);
    leaveBudget();
  }

  /** The attempt ended without a response. */
  void failed(long nanoTime) {
    judge(Outcome.FAILURE, nanoTime);
    over();
  }

  /** Neither this attempt, if there is one, nor another one goes on. */
  void over() {
    leaveBudget();
    leaveEndpoint();
    Endpoint endpoint = tunnel;
    tunnel = null;
    if (endpoint != null) {
      upstream.tunnelEnded(endpoint);
    }
  }

  private void leaveEndpoint() {
    Endpoint endpoint = current;
    current = null;
    if (endpoint != null) {
      upstream.finished(endpoint);
    }
  }

  /** From now on the attempt is a tunnel. */
  void becomesTunnel() {
    Endpoint endpoint = current;
    current = null;
    tunnel = endpoint;
    if (endpoint != null) {
      upstream.tunnelBegan(endpoint);
    }
  }

  /**
   * Whether another attempt may follow one that {@link #failed}; takes it out of the budget.
   *
   * @param unprocessed whether the endpoint certainly did nothing about the request
   * @param answered whether any byte of a response arrived
   * @param repeatable whether all of the request that was sent can be sent again
   */
  boolean mayRepeat(
      Failure failure, boolean unprocessed, boolean answered, boolean repeatable, long nanoTime) {
    boolean safe =
        switch (failure) {
          case CONNECT_FAILED, CONNECT_TIMEOUT -> true;
          case REFUSED -> !answered;
          case CLOSED -> !answered && (unprocessed || harmless);
          case TIMEOUT -> !answered && (unprocessed || (policy.onTimeout() && harmless));
          case MALFORMED, NO_WEBSOCKET -> false;
        };
    boolean untouched =
        switch (failure) {
          case CONNECT_FAILED, CONNECT_TIMEOUT, REFUSED, NO_WEBSOCKET -> true;
          case CLOSED, TIMEOUT, MALFORMED -> unprocessed;
        };
    return safe && repeatable && isWithinLimits(nanoTime) && (untouched || enterBudget());
  }

  /** Whether another attempt follows instead of the response; takes it out of the budget. */
  boolean repeatsInstead(int status, boolean repeatable, long nanoTime) {
    boolean repeats =
        policy.statuses().contains(status)
            && harmless
            && repeatable
            && isWithinLimits(nanoTime)
            && enterBudget();
    if (repeats) {
      leaveEndpoint();
    }
    return repeats;
  }

  /**
   * How long to wait before the next attempt: as long as the policy asks for at least, else not
   * where another endpoint was not tried yet.
   */
  long delayNanos(boolean connectionFailed) {
    if (policy.backoff().isPositive()) {
      return policy.backoff().toNanos() + upstream.backoffNanos(selection.attempts());
    }
    return connectionFailed && upstream.hasUntried(selection)
        ? 0
        : upstream.backoffNanos(selection.attempts());
  }

  private boolean isWithinLimits(long nanoTime) {
    long within = policy.within().toNanos();
    return selection.attempts() < policy.attempts()
        && (within == 0 || nanoTime - startNanos < within);
  }

  private boolean enterBudget() {
    inBudget = upstream.beginRetry();
    return inBudget;
  }

  private void leaveBudget() {
    if (inBudget) {
      inBudget = false;
      upstream.endRetry();
    }
  }

  private void judge(Outcome outcome, long nanoTime) {
    Endpoint endpoint = current;
    if (endpoint != null && !judged) {
      judged = true;
      upstream.judged(endpoint, outcome, nanoTime - attemptNanos, nanoTime);
    }
  }
}
