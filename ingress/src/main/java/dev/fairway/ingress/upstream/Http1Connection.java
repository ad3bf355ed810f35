// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.MessageWriter;
import dev.fairway.ingress.http1.ReadEvent;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseReader;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an endpoint. It carries one exchange at a time and is pooled in between; after a
 * protocol upgrade, or after anything odd, it is never used again. Confined to its event loop.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter implements UpstreamConnection {
  private enum State {
    CONNECTING,
    IDLE,
    ACTIVE,
    TUNNEL,
    CLOSED
  }

  private final LoopPool pool;
  private final Endpoint endpoint;
  private final Channel channel;
  private final ResponseReader reader;
  private final Deadline deadline;
  private State state = State.CONNECTING;
  private @Nullable UpstreamListener listener;
  private ByteBuf inbound = Unpooled.EMPTY_BUFFER;
  private boolean reused;
  private boolean headLost;
  private boolean chunked;
  private boolean requestDone;
  private boolean responseSeen;
  private boolean readPending;
  private boolean pumping;
  private boolean ended;
  private boolean broken;
  private boolean tunnelEnded;
  private long idleNanos;
  private long idleSinceNanos;
  private long sentBytes;
  private long sentBefore;

  Http1Connection(LoopPool pool, Endpoint endpoint, Channel channel, UpstreamListener first) {
    this.pool = pool;
    this.endpoint = endpoint;
    this.channel = channel;
    listener = first;
    reader = new ResponseReader(pool.options().limits());
    deadline = new Deadline(channel.eventLoop(), this::expired);
    idleNanos = pool.options().idleTimeout().toNanos();
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public boolean isReused() {
    return reused;
  }

  @Override
  public boolean isHeadLost() {
    return headLost;
  }

  @Override
  public boolean hasResponseStarted() {
    return responseSeen;
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void writeHead(RequestHead request, String target) {
    chunked = request.isChunked();
    reader.expectResponseTo(request.method());
    headLost = false;
    responseSeen = false;
    requestDone = false;
    deadline.clear();
    ByteBuf head =
        MessageWriter.requestHead(channel.alloc(), request.method(), target, request.fields());
    sentBefore = sentBytes;
    sentBytes += head.readableBytes();
    channel
        .write(head)
        .addListener(future -> {
          if (!future.isSuccess()) {
            headLost = true;
          }
        });
    requestRead();
  }

  @Override
  public void writeBody(ByteBuf piece) {
    if (chunked) {
      send(MessageWriter.chunkStart(channel.alloc(), piece.readableBytes()));
      send(piece);
      send(MessageWriter.chunkEnd());
    } else {
      send(piece);
    }
    touch();
  }

  @Override
  public void endRequest(@Nullable HttpFields trailers) {
    if (chunked) {
      send(MessageWriter.lastChunk(channel.alloc(), trailers));
    }
    requestDone = true;
    touch();
  }

  private void send(ByteBuf bytes) {
    sentBytes += bytes.readableBytes();
    channel.write(bytes);
  }

  @Override
  public void write(ByteBuf bytes) {
    send(bytes);
    touch();
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public void resume() {
    pump();
    requestRead();
  }

  @Override
  public void startTunnel() {
    state = State.TUNNEL;
    deadline.clear();
    pump();
    requestRead();
  }

  @Override
  public void shutdownOutput() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> pool.shutdownOutput(channel));
  }

  @Override
  public void release(boolean reusable) {
    listener = null;
    boolean clean = reusable && !ended && !inbound.isReadable() && state == State.ACTIVE;
    learnIdleTimeout();
    if (clean && channel.isActive() && !endpoint.isRetired() && pool.offer(this)) {
      state = State.IDLE;
      idleSinceNanos = nanoTime();
      deadline.set(Math.min(idleNanos, endpoint.idleLimitNanos()));
      requestRead();
    } else {
      close();
    }
  }

  @Override
  public void close() {
    listener = null;
    if (state != State.CLOSED) {
      if (state == State.IDLE) {
        pool.remove(this);
      }
      state = State.CLOSED;
      deadline.cancel();
      releaseInbound();
      channel.close();
    }
  }

  void attach(UpstreamListener next) {
    listener = next;
    state = State.ACTIVE;
    reused = true;
    next.connected(this);
  }

  /** Whether the connection can be expected to take another request. */
  boolean isUsable() {
    return state == State.IDLE
        && channel.isActive()
        && nanoTime() - idleSinceNanos < endpoint.idleLimitNanos();
  }

  /** Over TLS, other bytes are on the way than those that were counted. */
  private boolean isUnread() {
    return channel.pipeline().get(SslHandler.class) == null
        && UnreadProof.holds(channel, sentBefore);
  }

  private long nanoTime() {
    return channel.eventLoop().ticker().nanoTime();
  }

  /**
   * The connection is ready for a request, or will never be.
   *
   * @param failure null where it is ready
   */
  void ready(@Nullable Failure failure) {
    UpstreamListener waiting = listener;
    if (waiting == null || state != State.CONNECTING) {
      channel.close();
    } else if (failure == null) {
      state = State.ACTIVE;
      waiting.connected(this);
    } else {
      fail(failure);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (state == State.CLOSED || state == State.IDLE) {
      bytes.release();
      close();
      return;
    }
    if (bytes.isReadable()) {
      responseSeen = true;
      touch();
    }
    inbound = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), inbound, bytes);
    pump();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readPending = false;
    UpstreamListener current = listener;
    if (current != null && state != State.CONNECTING) {
      current.responseFlush();
    }
    requestRead();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    UpstreamListener current = listener;
    if (current != null && state != State.CONNECTING && channel.isWritable()) {
      touch();
      current.upstreamWritable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      endOfInput();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    endOfInput();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken = true;
    endOfInput();
  }

  private void endOfInput() {
    if (ended) {
      return;
    }
    ended = true;
    switch (state) {
      case IDLE -> {
        endpoint.closedIdle(nanoTime() - idleSinceNanos);
        close();
      }
      case ACTIVE -> {
        headLost |= !broken && !responseSeen && isUnread();
        pump();
      }
      case TUNNEL -> pump();
      case CONNECTING, CLOSED -> {}
    }
  }

  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      boolean progress = true;
      while (progress) {
        progress = step();
      }
    } finally {
      pumping = false;
    }
    if (!inbound.isReadable()) {
      releaseInbound();
    }
  }

  /** Delivers one event; false where nothing more can be delivered now. */
  private boolean step() {
    UpstreamListener current = listener;
    if (current == null || !current.wantsResponse()) {
      return false;
    }
    if (state == State.TUNNEL) {
      return stepTunnel(current);
    }
    if (state != State.ACTIVE) {
      return false;
    }
    ReadEvent event = reader.next(inbound);
    switch (event) {
      case HEAD -> current.responseHead(reader.head());
      case BODY -> current.responseBody(reader.takeBody());
      case END -> current.responseEnd(reader.trailers());
      case MALFORMED -> fail(Failure.MALFORMED);
      case NEED_MORE -> {
        if (ended) {
          finishAtEnd(current);
        }
      }
    }
    return event != ReadEvent.NEED_MORE && event != ReadEvent.MALFORMED;
  }

  private void finishAtEnd(UpstreamListener current) {
    if (reader.endsWithConnection() && !broken) {
      current.responseEnd(null);
      current.responseFlush();
    } else {
      fail(Failure.CLOSED);
    }
  }

  private boolean stepTunnel(UpstreamListener current) {
    if (inbound.isReadable()) {
      ByteBuf bytes = inbound;
      inbound = Unpooled.EMPTY_BUFFER;
      current.tunnelData(bytes);
      return true;
    }
    if (ended && !tunnelEnded) {
      tunnelEnded = true;
      current.tunnelEnd();
    }
    return false;
  }

  private void fail(Failure failure) {
    UpstreamListener current = listener;
    close();
    if (current != null) {
      current.upstreamFailed(this, failure);
    }
  }

  private void expired() {
    if (state == State.IDLE) {
      close();
    } else {
      fail(Failure.TIMEOUT);
    }
  }

  /** The endpoint's silence counts only while it is its turn to act. */
  private void touch() {
    UpstreamListener current = listener;
    if (state == State.ACTIVE && current != null) {
      if (requestDone) {
        arm(current.policy().readTimeout());
      } else if (!channel.isWritable()) {
        arm(current.policy().sendTimeout());
      }
    }
  }

  private void arm(Duration timeout) {
    if (timeout.isZero()) {
      deadline.clear();
    } else {
      deadline.set(timeout.toNanos());
    }
  }

  private void requestRead() {
    if (readPending || ended || state == State.CLOSED || state == State.CONNECTING) {
      return;
    }
    UpstreamListener current = listener;
    if (state == State.IDLE || (current != null && current.wantsResponse())) {
      readPending = true;
      channel.read();
    } else if (state == State.ACTIVE) {
      // The client is slow, not the endpoint.
      deadline.clear();
    }
  }

  /** A backend that says how long it keeps an idle connection is left one second before. */
  private void learnIdleTimeout() {
    long announced = reader.keepAliveSeconds();
    if (announced > 0) {
      long nanos = Math.max(announced * 1_000_000_000L - 1_000_000_000L, 100_000_000L);
      idleNanos = Math.min(nanos, pool.options().idleTimeout().toNanos());
    }
  }

  private void releaseInbound() {
    ByteBuf bytes = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    bytes.release();
  }
}
