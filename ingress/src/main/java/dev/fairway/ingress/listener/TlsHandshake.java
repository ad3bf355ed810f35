// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.tls.ClientHello;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TlsHost;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of an encrypted connection: reads the ClientHello, without reserving memory for
 * what it announces, lets the server name decide who answers, and gives way to a handler of the
 * protocol that was agreed on. Confined to its event loop.
 */
final class TlsHandshake extends FirstBytes {
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
  private final Outcome outcome;
  private @Nullable ClientHello hello;
  private @Nullable TlsHost host;
  private @Nullable List<BackendRef> backends;

  TlsHandshake(ServerTls tls, Duration timeout, Outcome outcome) {
    super(timeout);
    this.tls = tls;
    this.outcome = outcome;
  }

  @Override
  void look(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (hello != null) {
      return; // decrypted bytes right behind the handshake wait for their handler
    }
    switch (ClientHello.peek(bytes)) {
      case ClientHello.Result.NeedMore _ -> {}
      case ClientHello.Result.Malformed _ -> refuse(ctx, DECODE_ERROR);
      case ClientHello.Result.Complete complete -> answer(ctx, complete.hello());
    }
  }

  @Override
  boolean wantsMore() {
    return hello == null && super.wantsMore();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    super.userEventTriggered(ctx, event);
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        established(ctx);
      } else {
        decided();
        ctx.close();
      }
    }
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
        decided();
        ByteBuf first = takeInbound();
        outcome.passthrough(ctx, passthrough.profile());
        giveWay(ctx, first);
      }
      case ServerTls.Choice.Drop _ -> {
        decided();
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
    handler.setHandshakeTimeoutMillis(timeout().toMillis());
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
    decided();
    String agreed = handler.applicationProtocol();
    List<BackendRef> streamTo = backends;
    ByteBuf early = takeInbound();
    if (streamTo == null) {
      TlsSession session = chosen.session(greeting.serverName(), handler.engine().getSession());
      outcome.established(ctx, session, agreed == null ? "" : agreed);
    } else {
      outcome.stream(ctx, streamTo);
    }
    giveWay(ctx, early);
  }

  /** Says why in an alert, and closes. */
  private void refuse(ChannelHandlerContext ctx, int alert) {
    decided();
    ByteBuf record = ctx.alloc().buffer(7);
    record.writeByte(21).writeShort(0x0303).writeShort(2).writeByte(2).writeByte(alert);
    ctx.writeAndFlush(record).addListener(ChannelFutureListener.CLOSE);
  }
}
