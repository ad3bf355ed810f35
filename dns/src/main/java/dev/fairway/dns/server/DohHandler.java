// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.ResponseTtl;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * DNS over HTTPS (RFC 8484): whole requests of any version of HTTP. Requests that follow each other
 * on an HTTP/1.1 connection are read one after the other. Confined to its event loop.
 */
final class DohHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String MEDIA_TYPE = "application/dns-message";
  private static final String PARAMETER = "dns=";
  private static final System.Logger LOG = System.getLogger(DohHandler.class.getName());

  /** What the requests of a listener have in common. */
  record Service(String path, String altService, DnsMetrics metrics) {}

  private final Service service;
  private final QueryHandler queries;
  private final Client client;
  private final ConnectionWatch watch;
  private final boolean serial;

  /**
   * A connection of HTTP/1.1, or a stream of the others.
   *
   * @param serial whether several requests can follow each other here
   */
  DohHandler(
      Service service, QueryHandler queries, Client client, ConnectionWatch watch, boolean serial) {
    this.service = service;
    this.queries = queries;
    this.client = client;
    this.watch = watch;
    this.serial = serial;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean keep = serial && HttpUtil.isKeepAlive(request);
    if (request.decoderResult().isFailure()) {
      error(ctx, HttpResponseStatus.BAD_REQUEST, false);
      return;
    }
    HttpResponseStatus wrong = check(request);
    if (wrong != null) {
      error(ctx, wrong, keep);
      return;
    }
    byte[] message = message(request);
    if (message == null) {
      error(ctx, HttpResponseStatus.BAD_REQUEST, keep);
      return;
    }
    watch.progress();
    int size = queries.handle(message, message.length, client);
    if (size == QueryHandler.LATER) {
      later(ctx, keep);
    } else if (size > 0) {
      send(ctx, queries.response(), size, keep);
    } else {
      error(ctx, HttpResponseStatus.BAD_REQUEST, keep);
    }
  }

  private @Nullable HttpResponseStatus check(FullHttpRequest request) {
    String uri = request.uri();
    int query = uri.indexOf('?');
    if (!service.path.equals(query < 0 ? uri : uri.substring(0, query))) {
      return HttpResponseStatus.NOT_FOUND;
    }
    if (request.method().equals(HttpMethod.POST)) {
      String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
      return MEDIA_TYPE.equalsIgnoreCase(type.strip())
          ? null
          : HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE;
    }
    return request.method().equals(HttpMethod.GET) ? null : HttpResponseStatus.METHOD_NOT_ALLOWED;
  }

  /** The message in the body or in the {@code dns} parameter, null without a readable one. */
  private static byte @Nullable [] message(FullHttpRequest request) {
    if (request.method().equals(HttpMethod.POST)) {
      byte[] body = new byte[request.content().readableBytes()];
      request.content().readBytes(body);
      return body;
    }
    int query = request.uri().indexOf('?');
    if (query < 0) {
      return null;
    }
    for (String parameter : request.uri().substring(query + 1).split("&", 16)) {
      if (parameter.startsWith(PARAMETER)) {
        try {
          return Base64.getUrlDecoder().decode(parameter.substring(PARAMETER.length()));
        } catch (IllegalArgumentException e) {
          return null;
        }
      }
    }
    return null;
  }

  private void later(ChannelHandlerContext ctx, boolean keep) {
    QueryHandler.Reply reply =
        (response, size) -> {
          if (size > 0) {
            send(ctx, response, size, keep);
          } else {
            error(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, keep);
          }
          if (serial) {
            ctx.channel().config().setAutoRead(true);
          }
        };
    if (!watch.resolve(queries, ctx, reply)) {
      error(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, keep);
    } else if (serial) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  private void send(ChannelHandlerContext ctx, byte[] response, int size, boolean keep) {
    ByteBuf body = ctx.alloc().directBuffer(size).writeBytes(response, 0, size);
    FullHttpResponse http =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    http.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE)
        .set(HttpHeaderNames.CACHE_CONTROL, "max-age=" + ResponseTtl.of(response, size));
    write(ctx, http, keep);
  }

  private void error(ChannelHandlerContext ctx, HttpResponseStatus status, boolean keep) {
    FullHttpResponse http =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
    if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
      http.headers().set(HttpHeaderNames.ALLOW, "GET, POST");
    }
    write(ctx, http, keep);
  }

  private void write(ChannelHandlerContext ctx, FullHttpResponse http, boolean keep) {
    service.metrics.http(http.status().code(), client.transport() == Transport.HTTP3);
    HttpUtil.setContentLength(http, http.content().readableBytes());
    if (!service.altService.isEmpty() && client.transport() == Transport.HTTPS) {
      http.headers().set("alt-svc", service.altService);
    }
    if (serial) {
      HttpUtil.setKeepAlive(http, keep);
    }
    ChannelFuture written = ctx.writeAndFlush(http);
    if (serial && !keep) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
      service.metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "answering over HTTP failed", cause);
    }
    ctx.close();
  }
}
