// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.tls.ClientHello;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TlsHost;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of an encrypted connection: reads the ClientHello, without reserving memory for
 * what it announces, lets the server name decide who answers, and gives way to a handler of the
 * protocol that was agreed on. Confined to its event loop.
 */
final class TlsHandshake extends ChannelInboundHandlerAdapter {
  /** What becomes of the connection. */
  interface Outcome {
    /**
     * TLS is established; adds the handler of the protocol.
     *
     * @param protocol as ALPN names it; "" where the client did not ask
     */
    void established(ChannelHandlerContext ctx, TlsSession session, String protocol);

    /** TLS is established, and what is inside goes to a backend: adds a handler that does it. */
    void stream(ChannelHandlerContext ctx, List<BackendRef> backends);

    /** A backend ends TLS: adds a handler that gets all bytes from the first one. */
    void passthrough(ChannelHandlerContext ctx, TlsProfile.Passthrough profile);
  }

  private static final int UNRECOGNIZED_NAME = 112;
  private static final int NO_APPLICATION_PROTOCOL = 120;
  private static final int DECODE_ERROR = 50;

  private final ServerTls tls;
  private final Duration timeout;
  private final Outcome outcome;
  private @Nullable Deadline deadline;
  private ByteBuf inbound = Unpooled.EMPTY_BUFFER;
  private @Nullable ClientHello hello;
  private @Nullable TlsHost host;
  private @Nullable List<BackendRef> backends;
  private boolean over;

  TlsHandshake(ServerTls tls, Duration timeout, Outcome outcome) {
    this.tls = tls;
    this.timeout = timeout;
    this.outcome = outcome;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()) {
      begin(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    begin(ctx);
  }

  private void begin(ChannelHandlerContext ctx) {
    if (deadline == null) {
      deadline = new Deadline(ctx.channel().eventLoop(), () -> ctx.channel().close());
      deadline.set(timeout.toNanos());
      ctx.read();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel();
    }
    inbound.release();
    inbound = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || over) {
      ReferenceCountUtil.release(message);
      return;
    }
    inbound = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), inbound, bytes);
    if (hello != null) {
      return; // decrypted bytes right behind the handshake wait for their handler
    }
    switch (ClientHello.peek(inbound)) {
      case ClientHello.Result.NeedMore _ -> {}
      case ClientHello.Result.Malformed _ -> refuse(ctx, DECODE_ERROR);
      case ClientHello.Result.Complete complete -> answer(ctx, complete.hello());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (hello == null && !over) {
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    } else if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        established(ctx);
      } else {
        over = true;
        ctx.close();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private void answer(ChannelHandlerContext ctx, ClientHello complete) {
    hello = complete;
    switch (tls.choose(complete.serverName())) {
      case ServerTls.Choice.Terminate terminate -> {
        if (ServerTls.offers(complete.protocols())) {
          terminate(ctx, terminate.host());
        } else {
          refuse(ctx, NO_APPLICATION_PROTOCOL);
        }
      }
      case ServerTls.Choice.TerminateStream stream -> {
        backends = stream.backends();
        terminate(ctx, stream.host());
      }
      case ServerTls.Choice.Passthrough passthrough -> {
        over = true;
        ByteBuf first = takeInbound();
        outcome.passthrough(ctx, passthrough.profile());
        ctx.fireChannelRead(first);
        ctx.fireChannelReadComplete();
        ctx.pipeline().remove(this);
      }
      case ServerTls.Choice.Drop _ -> {
        over = true;
        ctx.close();
      }
      case ServerTls.Choice.Refuse _ -> refuse(ctx, UNRECOGNIZED_NAME);
    }
  }

  private void terminate(ChannelHandlerContext ctx, TlsHost chosen) {
    host = chosen;
    SslHandler handler;
    try {
      handler = chosen.newHandler(ctx.alloc());
    } catch (SSLException unusable) {
      ctx.close();
      return;
    }
    handler.setHandshakeTimeoutMillis(timeout.toMillis());
    ByteBuf first = takeInbound();
    ctx.pipeline().addBefore(ctx.name(), "tls", handler);
    ChannelHandlerContext before = ctx.pipeline().context(handler);
    try {
      handler.channelRead(before, first);
      handler.channelReadComplete(before);
    } catch (Exception failed) {
      ctx.close();
    }
  }

  private void established(ChannelHandlerContext ctx) {
    SslHandler handler = ctx.pipeline().get(SslHandler.class);
    ClientHello greeting = hello;
    TlsHost chosen = host;
    if (handler == null || greeting == null || chosen == null) {
      ctx.close();
      return;
    }
    over = true;
    String agreed = handler.applicationProtocol();
    List<BackendRef> streamTo = backends;
    ByteBuf early = takeInbound();
    if (streamTo == null) {
      TlsSession session = chosen.session(greeting.serverName(), handler.engine().getSession());
      outcome.established(ctx, session, agreed == null ? "" : agreed);
    } else {
      outcome.stream(ctx, streamTo);
    }
    if (early.isReadable()) {
      ctx.fireChannelRead(early);
      ctx.fireChannelReadComplete();
    } else {
      early.release();
    }
    ctx.pipeline().remove(this);
  }

  /** Says why in an alert, and closes. */
  private void refuse(ChannelHandlerContext ctx, int alert) {
    over = true;
    ByteBuf record = ctx.alloc().buffer(7);
    record.writeByte(21).writeShort(0x0303).writeShort(2).writeByte(2).writeByte(alert);
    ctx.writeAndFlush(record).addListener(ChannelFutureListener.CLOSE);
  }

  private ByteBuf takeInbound() {
    ByteBuf bytes = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    return bytes;
  }
}
