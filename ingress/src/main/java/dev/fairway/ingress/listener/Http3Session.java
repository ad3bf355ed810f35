// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A client's HTTP/3 connection: knows its streams, so that silent ones end and the connection can
 * end gracefully. Confined to its event loop.
 */
final class Http3Session extends ChannelInboundHandlerAdapter implements Drainable {
  private static final Duration SWEEP = Duration.ofSeconds(5);

  /** How long requests may be on their way while clients hear that no more should come. */
  private static final long NOTICE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The last stream that there can be: says that an end is near, and gives none up (RFC 9114). */
  private static final long ANY_STREAM = (1L << 62) - 4;

  private final GatewayContext gateway;
  private final RequestDispatcher dispatcher;
  private final QuicChannel channel;
  private final Deadline deadline;
  private final Set<Http3Stream> streams = new LinkedHashSet<>();
  private long nextStream;
  private long firstRefused = Long.MAX_VALUE;
  private int requests;
  private long lastActivityNanos;
  private boolean draining;

  Http3Session(GatewayContext gateway, Frontend frontend, QuicChannel channel, Client client) {
    this.gateway = gateway;
    this.channel = channel;
    dispatcher = new RequestDispatcher(gateway, frontend, client.withHttp(3));
    lastActivityNanos = now();
    deadline = new Deadline(channel.eventLoop(), this::sweep);
    deadline.set(sweepNanos());
  }

  GatewayContext gateway() {
    return gateway;
  }

  RequestDispatcher dispatcher() {
    return dispatcher;
  }

  /** Whether the request of a stream is taken; else it never will be. */
  boolean opened(Http3Stream stream, long id) {
    if (id >= firstRefused) {
      return false;
    }
    streams.add(stream);
    nextStream = Math.max(nextStream, id + 4);
    requests++;
    if (requests == gateway.limits().requestsOverStreams()) {
      drain();
    }
    return true;
  }

  void closed(Http3Stream stream) {
    if (streams.remove(stream)) {
      lastActivityNanos = now();
      endIfDone();
    }
  }

  @Override
  public void drain() {
    if (draining) {
      return;
    }
    draining = true;
    if (requests == 0 || (streams.isEmpty() && now() - lastActivityNanos > NOTICE_NANOS)) {
      end();
      return;
    }
    goAway(ANY_STREAM);
    channel.eventLoop().schedule(this::refuseMore, NOTICE_NANOS, TimeUnit.NANOSECONDS);
  }

  private void refuseMore() {
    if (channel.isActive()) {
      firstRefused = nextStream;
      goAway(firstRefused);
      endIfDone();
    }
  }

  private void goAway(long stream) {
    QuicStreamChannel control = Http3.getLocalControlStream(channel);
    if (control != null) {
      control.writeAndFlush(new DefaultHttp3GoAwayFrame(stream));
    }
  }

  /** What was written last may still have to be sent again: an end of the connection stops that. */
  private void endIfDone() {
    if (firstRefused == Long.MAX_VALUE || !streams.isEmpty() || !channel.isActive()) {
      return;
    }
    long left = NOTICE_NANOS - (now() - lastActivityNanos);
    if (left <= 0) {
      end();
    } else {
      channel.eventLoop().schedule(this::endIfDone, left, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.cancel();
    ctx.fireChannelInactive();
  }

  private void end() {
    channel.close(true, Http3ErrorCode.H3_NO_ERROR.code(), Unpooled.EMPTY_BUFFER);
  }

  private void sweep() {
    if (channel.isActive()) {
      deadline.set(sweepNanos());
      long now = now();
      List.copyOf(streams).forEach(stream -> stream.sweep(now));
      long idle = gateway.limits().idleTimeout().toNanos();
      if (streams.isEmpty() && now - lastActivityNanos > idle) {
        end(); // a client that only says that it is there
      }
    }
  }

  private long sweepNanos() {
    ListenerLimits limits = gateway.limits();
    long shortest = Math.min(limits.bodyTimeout().toNanos(), limits.headerTimeout().toNanos());
    return Math.min(SWEEP.toNanos(), Math.min(shortest, limits.idleTimeout().toNanos()) / 2);
  }

  private long now() {
    return channel.eventLoop().ticker().nanoTime();
  }
}
