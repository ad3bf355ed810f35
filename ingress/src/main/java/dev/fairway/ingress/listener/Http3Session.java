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

/**
 * A client's HTTP/3 connection: knows its streams, so that silent ones end and the connection can
 * end gracefully. Confined to its event loop.
 */
final class Http3Session extends ChannelInboundHandlerAdapter implements Drainable {
  private static final Duration SWEEP = Duration.ofSeconds(5);

  private final GatewayContext gateway;
  private final RequestDispatcher dispatcher;
  private final QuicChannel channel;
  private final Deadline deadline;
  private final Set<Http3Stream> streams = new LinkedHashSet<>();
  private long nextStream;
  private boolean draining;

  Http3Session(GatewayContext gateway, Frontend frontend, QuicChannel channel, Client client) {
    this.gateway = gateway;
    this.channel = channel;
    dispatcher = new RequestDispatcher(gateway, frontend, client.withHttp(3));
    deadline = new Deadline(channel.eventLoop(), this::sweep);
    deadline.set(sweepNanos());
  }

  GatewayContext gateway() {
    return gateway;
  }

  RequestDispatcher dispatcher() {
    return dispatcher;
  }

  void opened(Http3Stream stream) {
    streams.add(stream);
    if (stream.channel() instanceof QuicStreamChannel opened) {
      nextStream = Math.max(nextStream, opened.streamId() + 4);
    }
  }

  void closed(Http3Stream stream) {
    streams.remove(stream);
    if (draining && streams.isEmpty()) {
      end();
    }
  }

  @Override
  public void drain() {
    if (draining) {
      return;
    }
    draining = true;
    if (streams.isEmpty()) {
      end();
      return;
    }
    QuicStreamChannel control = Http3.getLocalControlStream(channel);
    if (control != null) {
      control.writeAndFlush(new DefaultHttp3GoAwayFrame(nextStream));
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
      long now = channel.eventLoop().ticker().nanoTime();
      List.copyOf(streams).forEach(stream -> stream.sweep(now));
    }
  }

  private long sweepNanos() {
    return Math.min(SWEEP.toNanos(), gateway.limits().bodyTimeout().toNanos() / 2);
  }
}
