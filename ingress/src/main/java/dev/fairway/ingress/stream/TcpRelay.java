// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.upstream.ClientTls;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a connection that is passed on: opens one to an endpoint, then moves bytes
 * both ways, each side no faster than the other takes them, and each end of one direction by
 * itself. The channel must not read by itself. Confined to its event loop.
 */
public final class TcpRelay extends ChannelInboundHandlerAdapter {
  private final StreamBalancer balancer;
  private final Transport transport;
  private final ClientTls tls;
  private final StreamLimits limits;
  private final List<BackendRef> backends;
  private final Queue<ByteBuf> early = new ArrayDeque<>(1);
  private @Nullable ChannelHandlerContext client;
  private @Nullable Channel endpoint;
  private int attempts;
  private boolean clientEnded;
  private boolean endpointEnded;
  private boolean closed;

  /**
   * @param backends one is chosen by weight
   */
  public TcpRelay(
      StreamBalancer balancer,
      Transport transport,
      ClientTls tls,
      StreamLimits limits,
      List<BackendRef> backends) {
    this.balancer = balancer;
    this.transport = transport;
    this.tls = tls;
    this.limits = limits;
    this.backends = backends;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    client = ctx;
    if (ctx.channel().isActive()) {
      begin(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    begin(ctx);
  }

  private void begin(ChannelHandlerContext ctx) {
    if (attempts > 0 || closed) {
      return;
    }
    long idle = limits.idle().toNanos();
    ctx.pipeline()
        .addBefore(ctx.name(), null, new IdleStateHandler(0, 0, idle, TimeUnit.NANOSECONDS));
    connect(ctx);
  }

  private void connect(ChannelHandlerContext ctx) {
    attempts++;
    BackendRef chosen = balancer.choose(backends);
    InetSocketAddress address = chosen == null ? null : balancer.endpoint(chosen, Protocol.TCP);
    if (chosen == null || address == null) {
      close();
      return;
    }
    new Bootstrap()
        .group(ctx.channel().eventLoop())
        .channel(transport.socketChannel())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) limits.connectTimeout().toMillis())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) throws SSLException {
                encrypt(channel, chosen);
                channel.pipeline().addLast(new EndpointSide());
              }
            })
        .connect(address)
        .addListener((ChannelFutureListener) future -> connected(ctx, future));
  }

  private void encrypt(Channel channel, BackendRef chosen) throws SSLException {
    if (chosen.target() instanceof BackendRef.Service service) {
      BackendTls settings = service.upstream().tls();
      if (settings != null) {
        int timeout = (int) limits.connectTimeout().toMillis();
        channel
            .pipeline()
            .addLast(tls.newHandler(settings, BackendProtocol.HTTP1, channel, timeout));
      }
    }
  }

  private void connected(ChannelHandlerContext ctx, ChannelFuture future) {
    Channel channel = future.channel();
    if (closed) {
      channel.close();
    } else if (!future.isSuccess()) {
      if (attempts < limits.attempts()) {
        connect(ctx);
      } else {
        close();
      }
    } else {
      endpoint = channel;
      while (!early.isEmpty()) {
        channel.write(early.remove());
      }
      channel.flush();
      if (clientEnded) {
        shutdown(channel);
      } else {
        ctx.read();
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || closed) {
      ReferenceCountUtil.release(message);
      return;
    }
    Channel to = endpoint;
    if (to == null) {
      early.add(bytes); // what a handler before this one had read already
    } else {
      to.write(bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Channel to = endpoint;
    if (to != null) {
      to.flush();
      if (to.isWritable() && !clientEnded) {
        ctx.read();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Channel from = endpoint;
    if (from != null && ctx.channel().isWritable()) {
      from.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent && closed) {
      ctx.close(); // it does not read what is left for it
    } else if (event instanceof IdleStateEvent) {
      close();
    } else if (isEndOfInput(event) && !clientEnded) {
      clientEnded = true;
      Channel to = endpoint;
      if (to != null) {
        shutdown(to);
        closeIfBothEnded();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close();
  }

  private static boolean isEndOfInput(Object event) {
    return event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent;
  }

  /** TLS has no end of one direction that all clients understand. */
  private static void shutdown(Channel channel) {
    if (channel.pipeline().get(SslHandler.class) != null) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(_ -> {
          if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
          }
        });
  }

  private void closeIfBothEnded() {
    Channel to = endpoint;
    ChannelHandlerContext from = client;
    if (clientEnded && endpointEnded && to != null && from != null) {
      to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      from.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void close() {
    if (closed) {
      return;
    }
    closed = true;
    while (!early.isEmpty()) {
      early.remove().release();
    }
    Channel to = endpoint;
    if (to != null) {
      to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
    ChannelHandlerContext from = client;
    if (from != null) {
      from.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** The endpoint's side. */
  private final class EndpointSide extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ChannelHandlerContext to = client;
      if (to == null || closed) {
        ReferenceCountUtil.release(message);
      } else {
        to.write(message);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ChannelHandlerContext to = client;
      if (to != null) {
        to.flush();
        if (to.channel().isWritable()) {
          ctx.read();
        }
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      ChannelHandlerContext from = client;
      if (from != null && ctx.channel().isWritable() && !clientEnded) {
        from.read();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      ChannelHandlerContext to = client;
      if (isEndOfInput(event) && to != null && !endpointEnded) {
        endpointEnded = true;
        shutdown(to.channel());
        closeIfBothEnded();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (ctx.channel().equals(endpoint)) {
        close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (ctx.channel().equals(endpoint)) {
        close();
      } else {
        ctx.close();
      }
    }
  }
}
