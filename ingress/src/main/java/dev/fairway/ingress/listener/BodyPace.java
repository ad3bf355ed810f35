// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.upstream.Deadline;
import io.netty.channel.EventLoop;
import java.util.function.BooleanSupplier;

/**
 * Watches whether the body of one request arrives fast enough. Only windows count in which the
 * client alone was waited for. Confined to its event loop.
 */
final class BodyPace {
  private final MinBodyRate rate;
  private final BooleanSupplier wanted;
  private final Runnable tooSlow;
  private final Deadline window;
  private long bytes;
  private boolean excused;

  /**
   * @param wanted whether more of the body would be taken now
   * @param tooSlow called once, when a window has brought too little
   */
  BodyPace(MinBodyRate rate, EventLoop loop, BooleanSupplier wanted, Runnable tooSlow) {
    this.rate = rate;
    this.wanted = wanted;
    this.tooSlow = tooSlow;
    window = new Deadline(loop, this::windowOver);
    begin();
  }

  /** So many bytes arrived and were given to the backend. */
  void arrived(int more) {
    bytes += more;
    excused |= !wanted.getAsBoolean();
  }

  /** The body is complete, or of no use any more. */
  void cancel() {
    window.cancel();
  }

  private void begin() {
    bytes = 0;
    excused = !wanted.getAsBoolean();
    window.set(rate.window().toNanos());
  }

  private void windowOver() {
    if (!excused && wanted.getAsBoolean() && bytes < rate.bytesPerWindow()) {
      tooSlow.run();
    } else {
      begin();
    }
  }
}
