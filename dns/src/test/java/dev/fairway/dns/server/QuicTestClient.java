// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3FrameToHttpObjectCodec;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client over QUIC, for DNS or for HTTP/3. */
final class QuicTestClient implements AutoCloseable {
  private static final long SECONDS = 10;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final QuicChannel connection;
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();

  /** Connects with the only protocol {@code h3} or another one. */
  QuicTestClient(InetSocketAddress server, TestIdentity identity, String protocol)
      throws Exception {
    boolean http = protocol.equals("h3");
    QuicSslContext tls =
        QuicSslContextBuilder.forClient()
            .trustManager(identity.trust())
            .applicationProtocols(protocol)
            .build();
    QuicClientCodecBuilder codec =
        http ? Http3.newQuicClientCodecBuilder() : new QuicClientCodecBuilder();
    Channel socket =
        new Bootstrap()
            .group(loop)
            .channel(NioDatagramChannel.class)
            .handler(
                codec
                    .sslEngineProvider(
                        channel -> tls.newEngine(channel.alloc(), "localhost", server.getPort()))
                    .maxIdleTimeout(SECONDS, TimeUnit.SECONDS)
                    .initialMaxData(1 << 20)
                    .initialMaxStreamDataBidirectionalLocal(1 << 20)
                    .build())
            .bind(0)
            .sync()
            .channel();
    connection =
        QuicChannel.newBootstrap(socket)
            .handler(
                http
                    ? new Http3ClientConnectionHandler()
                    : new ChannelInboundHandlerAdapter() {
                      @Override
                      public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        if (event instanceof QuicConnectionCloseEvent close) {
                          closed.complete(close.error());
                        }
                      }
                    })
            .streamHandler(new ChannelInboundHandlerAdapter())
            .remoteAddress(server)
            .connect()
            .get(SECONDS, TimeUnit.SECONDS);
  }

  /** Sends octets on a stream of their own and gives what comes until its end. */
  CompletableFuture<byte[]> stream(byte[] octets, boolean finish) throws Exception {
    CompletableFuture<byte[]> response = new CompletableFuture<>();
    QuicStreamChannel stream =
        connection
            .createStream(QuicStreamType.BIDIRECTIONAL, collector(response))
            .get(SECONDS, TimeUnit.SECONDS);
    var written = stream.writeAndFlush(Unpooled.wrappedBuffer(octets));
    if (finish) {
      written.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    }
    return response;
  }

  private static ChannelHandler collector(CompletableFuture<byte[]> response) {
    return new ChannelInboundHandlerAdapter() {
      private final ByteBuf all = Unpooled.buffer();

      @Override
      public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf octets = (ByteBuf) message;
        all.writeBytes(octets);
        octets.release();
      }

      @Override
      public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent
            || event instanceof ChannelInputShutdownReadComplete) {
          response.complete(bytes(all));
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        response.completeExceptionally(new java.io.EOFException("stream closed"));
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        response.completeExceptionally(cause);
      }
    };
  }

  /** An answer of HTTP/3: status, {@code cache-control}, body. */
  record Answer(int status, String cacheControl, byte[] body) {}

  /** Posts a message. */
  Answer post(String path, byte[] message) throws Exception {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    QuicStreamChannel stream =
        Http3.newRequestStream(
                connection,
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new Http3FrameToHttpObjectCodec(false))
                        .addLast(new HttpObjectAggregator(1 << 16))
                        .addLast(
                            new ChannelInboundHandlerAdapter() {
                              @Override
                              public void channelRead(ChannelHandlerContext ctx, Object read) {
                                FullHttpResponse response = (FullHttpResponse) read;
                                answer.complete(
                                    new Answer(
                                        response.status().code(),
                                        response.headers().get("cache-control", ""),
                                        bytes(response.content())));
                                response.release();
                              }

                              @Override
                              public void exceptionCaught(
                                  ChannelHandlerContext ctx, Throwable cause) {
                                answer.completeExceptionally(cause);
                              }
                            });
                  }
                })
            .get(SECONDS, TimeUnit.SECONDS);
    DefaultFullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.POST, path, Unpooled.wrappedBuffer(message));
    request
        .headers()
        .set("host", "localhost")
        .set("x-http3-scheme", "https")
        .set("content-type", "application/dns-message")
        .set("content-length", message.length);
    stream.writeAndFlush(request);
    return answer.get(SECONDS, TimeUnit.SECONDS);
  }

  /** How many streams the server allows, once it has said so. */
  long awaitAllowedStreams() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    long allowed = 0;
    while (allowed == 0 && System.nanoTime() < deadline) {
      allowed = connection.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL);
      Thread.onSpinWait();
    }
    return allowed;
  }

  /** The code the server closes the connection with. */
  int closeCode() throws Exception {
    return closed.get(SECONDS, TimeUnit.SECONDS);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }

  @Override
  public void close() {
    connection.close().awaitUninterruptibly();
    connection.parent().close().awaitUninterruptibly();
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
