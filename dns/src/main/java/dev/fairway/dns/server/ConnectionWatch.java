// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection on which no query was completed for too long, however many octets came, and
 * counts lookups under way. Confined to the connection's event loop.
 */
final class ConnectionWatch {
  /** How long a connection may be idle when connections get scarce (RFC 7766 6.2.3). */
  private static final long TIGHT = Duration.ofSeconds(1).toNanos();

  private final TcpOptions options;
  private final ConnectionLimit limit;
  private long idle;
  private boolean active = true;
  private int pending;

  private ConnectionWatch(TcpOptions options, ConnectionLimit limit) {
    this.options = options;
    this.limit = limit;
  }

  /** Watches a connection until it is closed. */
  static ConnectionWatch start(Channel channel, TcpOptions options, ConnectionLimit limit) {
    ConnectionWatch watch = new ConnectionWatch(options, limit);
    long period = Math.min(TIGHT, options.idleTimeout().toNanos());
    Future<?> check =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                () -> {
                  if (watch.isIdle(period)) {
                    channel.close();
                  }
                },
                period,
                period,
                TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(future -> check.cancel(false));
    return watch;
  }

  private boolean isIdle(long period) {
    idle = active || pending > 0 ? 0 : idle + period;
    active = false;
    return idle >= (limit.isTight() ? TIGHT : options.idleTimeout().toNanos())
        || idle >= options.idleTimeout().toNanos();
  }

  /** A complete query has come, or a client has taken a part of what it asked for. */
  void progress() {
    active = true;
  }

  /**
   * Looks up what a connection's handler could not answer at once, and replies unless the channel
   * is closed by then. False, and nothing is looked up, when there are too many lookups, those of
   * abandoned queries included.
   *
   * @param ctx of the channel that the reply goes to
   */
  boolean resolve(QueryHandler queries, ChannelHandlerContext ctx, QueryHandler.Reply reply) {
    if (isFull()) {
      queries.abandon();
      return false;
    }
    pending++;
    queries.resolve(
        ctx.executor(),
        (response, size) -> {
          pending--;
          if (ctx.channel().isActive()) {
            reply.send(response, size);
          }
        });
    return true;
  }

  /** Whether there are as many lookups under way as there may be. */
  boolean isFull() {
    return pending >= options.maxPipeline();
  }

  /** Whether a lookup is under way. */
  boolean isBusy() {
    return pending > 0;
  }
}
