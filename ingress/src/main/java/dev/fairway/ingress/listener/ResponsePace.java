// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.ResponseRate;
import dev.fairway.ingress.upstream.Deadline;
import io.netty.channel.EventLoop;

/**
 * Holds the body of one response back to a rate: nothing is buffered, the backend is not read until
 * the next bytes are due. Confined to its event loop.
 */
final class ResponsePace {
  private final ResponseRate rate;
  private final EventLoop loop;
  private final Deadline due;
  private final long begunNanos;
  private long sent;
  private boolean open = true;

  /**
   * @param whenDue called when bytes may follow again
   */
  ResponsePace(ResponseRate rate, EventLoop loop, Runnable whenDue) {
    this.rate = rate;
    this.loop = loop;
    begunNanos = loop.ticker().nanoTime();
    due =
        new Deadline(
            loop,
            () -> {
              open = true;
              whenDue.run();
            });
  }

  /** Whether bytes may follow now. */
  boolean isOpen() {
    return open;
  }

  /** So many bytes were passed on. */
  void passed(int bytes) {
    sent += bytes;
    long wait = rate.dueNanos(sent) - (loop.ticker().nanoTime() - begunNanos);
    if (wait > 0) {
      open = false;
      due.set(wait);
    }
  }

  /** The response is over. */
  void cancel() {
    due.cancel();
  }
}
