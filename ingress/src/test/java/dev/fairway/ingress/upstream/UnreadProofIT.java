// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the end of a real TCP connection proves about the last request on it. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Transport.class,
    names = {"IO_URING", "EPOLL"})
class UnreadProofIT {
  private static final byte[] FIRST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] REQUEST =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi".getBytes(US_ASCII);

  @Parameter Transport transport = Transport.EPOLL;
  private final CompletableFuture<Boolean> verdict = new CompletableFuture<>();
  private final CompletableFuture<Boolean> answered = new CompletableFuture<>();
  private volatile boolean reset;
  private EventLoopGroup loops;
  private ServerSocket server;
  private Channel client;
  private Socket accepted;

  @BeforeEach
  void connect() throws Exception {
    assumeTrue(transport.isAvailable(), transport + " is not available here");
    loops = transport.newLoops(1, "proof");
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    client =
        new Bootstrap()
            .group(loops)
            .channel(transport.socketChannel())
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .handler(new Judge())
            .connect(server.getLocalSocketAddress())
            .sync()
            .channel();
    accepted = server.accept();
    // An exchange before the one that is judged.
    client.writeAndFlush(Unpooled.copiedBuffer(FIRST)).sync();
    accepted.getInputStream().readNBytes(FIRST.length);
    accepted.getOutputStream().write('k');
    answered.get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      client.close().syncUninterruptibly();
      accepted.close();
      server.close();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void requestThatMeetsAClosedConnectionWasNotRead() throws Exception {
    assertThat(judge(() -> accepted.close(), () -> {})).isTrue();
  }

  @Test
  void requestThatArrivedBeforeTheEndMayHaveBeenRead() throws Exception {
    Step read =
        () -> {
          accepted.getInputStream().readNBytes(REQUEST.length);
          accepted.close();
        };
    assertThat(judge(() -> {}, read)).isFalse();
  }

  @Test
  void resetAloneProvesNothing() throws Exception {
    Step readSome =
        () -> {
          accepted.getInputStream().readNBytes(REQUEST.length - 1);
          accepted.close();
        };
    assertThat(judge(() -> {}, readSome)).isFalse();
  }

  @Test
  void abortProvesNothing() throws Exception {
    Step abort =
        () -> {
          accepted.setSoLinger(true, 0);
          accepted.close();
        };
    assertThat(judge(() -> {}, abort)).isFalse();
    assertThat(reset).isTrue();
  }

  /** What the server does. */
  private interface Step {
    void run() throws IOException;
  }

  /** Keeps the event loop from noticing the first step before it writes, as in the race. */
  private boolean judge(Step before, Step after) throws Exception {
    client.pipeline().get(Judge.class).bytesBefore = FIRST.length;
    client
        .eventLoop()
        .submit(() -> {
          before.run();
          client.writeAndFlush(Unpooled.copiedBuffer(REQUEST));
          return null;
        })
        .sync();
    after.run();
    return verdict.get(20, TimeUnit.SECONDS);
  }

  /** Asks for the proof at the end of the stream; a connection that breaks has none. */
  private final class Judge extends ChannelInboundHandlerAdapter {
    private volatile long bytesBefore;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      answered.complete(true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        verdict.complete(UnreadProof.holds(context.channel(), bytesBefore));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      reset = true;
      verdict.complete(false);
    }

    /** Where the write meets the reset before the read does. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
      reset = true;
      verdict.complete(false);
    }
  }
}
