// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection on which no query was completed for a whole period, however many octets came,
 * and counts lookups under way. Confined to the connection's event loop.
 */
final class ConnectionWatch {
  private final TcpOptions options;
  private boolean active;
  private int pending;

  private ConnectionWatch(TcpOptions options) {
    this.options = options;
  }

  /** Watches a connection until it is closed. */
  static ConnectionWatch start(Channel channel, TcpOptions options) {
    ConnectionWatch watch = new ConnectionWatch(options);
    long period = options.idleTimeout().toNanos();
    Future<?> check =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                () -> {
                  if (!watch.active && watch.pending == 0) {
                    channel.close();
                  }
                  watch.active = false;
                },
                period,
                period,
                TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(future -> check.cancel(false));
    return watch;
  }

  /** A complete query has come. */
  void query() {
    active = true;
  }

  /** A lookup begins; false when there are too many, those of abandoned queries included. */
  boolean begin() {
    if (pending >= options.maxPipeline()) {
      return false;
    }
    pending++;
    return true;
  }

  /** A lookup has ended. */
  void end() {
    pending--;
  }
}
