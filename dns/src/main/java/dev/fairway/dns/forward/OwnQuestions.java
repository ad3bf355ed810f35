// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Asks upstreams what this server wants to know for itself. Thread-safe.
 *
 * @param timer ends with the forwarder
 */
record OwnQuestions(
    ScheduledExecutorService timer, HedgedAsk.Exchanges exchanges, LongSupplier nanoTime) {
  private static final System.Logger LOG = System.getLogger(OwnQuestions.class.getName());

  /** Whether an upstream answers a question in time, whatever the answer is. */
  boolean isAnswered(Upstream upstream, UpstreamGroup group, Lookup lookup, Duration timeout)
      throws InterruptedException {
    try {
      return exchanges
              .with(upstream, group.connections())
              .ask(lookup, nanoTime.getAsLong() + timeout.toNanos())
          != null;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "no answer of " + upstream.label() + " to us: " + e);
      return false;
    }
  }

  /** What is done on a thread of its own. */
  interface Task {
    void run() throws InterruptedException;
  }

  /** Starts a task on a thread of its own. */
  static void start(String name, Task task) {
    Thread.ofVirtual()
        .name(name)
        .start(() -> {
          try {
            task.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Starts a task after a while; false, and it never will be, when the forwarder is closed. */
  boolean startLater(Duration delay, String name, Task task) {
    try {
      timer.schedule(() -> start(name, task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "closed");
      return false;
    }
  }
}
