// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http2.CollectedHeaders;
import dev.fairway.ingress.http2.Http2Codecs;
import dev.fairway.ingress.http2.Http2Peer;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection of HTTP/2 to an endpoint, which carries the requests of its event loop side by side.
 * What the endpoint has not looked at when it goes away may be sent elsewhere. Confined to its
 * event loop.
 */
final class Http2UpstreamSession extends Http2Peer {
  private static final int STREAM_WINDOW = 1 << 18;
  private static final int CONNECTION_WINDOW = 1 << 22;

  /** Before an endpoint says how many streams it takes. */
  private static final long ASSUMED_STREAMS = 100;

  private final LoopPool pool;
  private final Endpoint endpoint;
  private final boolean encrypted;
  private final PropertyKey streams;
  private final Deadline idle;
  private final List<Http2UpstreamStream> waiting = new ArrayList<>();
  private final List<Http2UpstreamStream> ungreeted = new ArrayList<>();
  private boolean open;
  private boolean greeted;
  private boolean takesWebSockets;
  private boolean leaving;
  private int lastTaken = Integer.MAX_VALUE;
  private int users;
  private boolean used;

  private Http2UpstreamSession(
      LoopPool pool,
      Endpoint endpoint,
      Channel channel,
      boolean encrypted,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings) {
    super(channel, decoder, encoder, settings);
    this.pool = pool;
    this.endpoint = endpoint;
    this.encrypted = encrypted;
    streams = connection().newKey();
    idle = new Deadline(channel.eventLoop(), this::leave);
    connection().addListener(new Streams());
    decoder.frameListener(new Frames());
    encoder.flowController().listener(this::writabilityChanged);
  }

  static Http2UpstreamSession create(
      LoopPool pool, Endpoint endpoint, Channel channel, boolean encrypted) {
    int headerBytes = pool.options().limits().headerBytes();
    Http2Settings settings =
        new Http2Settings()
            .pushEnabled(false)
            .initialWindowSize(STREAM_WINDOW)
            .maxHeaderListSize(headerBytes);
    Http2Connection connection = Http2Codecs.connection(false);
    Http2ConnectionEncoder encoder = Http2Codecs.encoder(connection);
    return new Builder(pool, endpoint, channel, encrypted)
        .with(settings, Http2Codecs.decoder(connection, encoder, headerBytes), encoder);
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2UpstreamSession, Builder> {
    private final LoopPool pool;
    private final Endpoint endpoint;
    private final Channel channel;
    private final boolean encrypted;

    Builder(LoopPool pool, Endpoint endpoint, Channel channel, boolean encrypted) {
      this.pool = pool;
      this.endpoint = endpoint;
      this.channel = channel;
      this.encrypted = encrypted;
    }

    Http2UpstreamSession with(
        Http2Settings settings, Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder) {
      initialSettings(settings);
      codec(decoder, encoder);
      frameListener(new Http2FrameAdapter()); // replaced by the session itself
      return build();
    }

    @Override
    protected Http2UpstreamSession build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2UpstreamSession(
          pool, endpoint, channel, encrypted, decoder, encoder, settings);
    }
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether there is room for another request. */
  boolean takesStreams() {
    long most = greeted ? connection().local().maxActiveStreams() : ASSUMED_STREAMS;
    return !leaving
        && !endpoint.isRetired()
        && users < most
        && connection().local().lastStreamCreated() < Integer.MAX_VALUE - 2 * ASSUMED_STREAMS
        && (!open || channel().isActive());
  }

  /** Begins an exchange, now or once the connection is open. */
  UpstreamConnection newStream(UpstreamListener listener) {
    Http2UpstreamStream stream = new Http2UpstreamStream(this, listener, used);
    used = true;
    users++;
    idle.clear();
    if (open) {
      listener.connected(stream);
    } else {
      waiting.add(stream);
    }
    return stream;
  }

  /**
   * The connection is ready for requests, or will never be.
   *
   * @param failure null where it is ready
   */
  void ready(@Nullable Failure failure) {
    Failure outcome = failure;
    if (outcome == null && encrypted && !agreed()) {
      outcome = Failure.CONNECT_FAILED;
    }
    List<Http2UpstreamStream> all = List.copyOf(waiting);
    waiting.clear();
    if (outcome == null && channel().isActive()) {
      open = true;
      for (Http2UpstreamStream stream : all) {
        stream.opened();
      }
    } else {
      leaving = true;
      pool.remove(this);
      channel().close();
      for (Http2UpstreamStream stream : all) {
        stream.failed(outcome == null ? Failure.CONNECT_FAILED : outcome);
      }
    }
  }

  private boolean agreed() {
    SslHandler handler = channel().pipeline().get(SslHandler.class);
    return handler != null && ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol());
  }

  /** Takes no new requests; closes once those it has are over. */
  void retire() {
    leave();
  }

  private void leave() {
    if (!leaving) {
      leaving = true;
      pool.remove(this);
    }
    if (users == 0) {
      idle.cancel();
      channel().close();
    }
  }

  /** A request is over. */
  void left(Http2UpstreamStream stream) {
    waiting.remove(stream);
    ungreeted.remove(stream);
    users--;
    if (users == 0 && leaving) {
      leave();
    } else if (users == 0) {
      idle.set(pool.options().idleTimeout().toNanos());
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    super.channelActive(ctx);
    openWindow(CONNECTION_WINDOW);
    flush(ctx);
    if (!encrypted) {
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof SslHandshakeCompletionEvent) {
      ctx.read();
    } else if (event instanceof ChannelInputShutdownEvent
        || event instanceof SslCloseCompletionEvent) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    idle.cancel();
    leaving = true;
    pool.remove(this);
    List.copyOf(ungreeted).forEach(stream -> stream.failed(Failure.CLOSED));
    super.channelInactive(ctx);
  }

  /** What requests say of the way to the endpoint. */
  String scheme() {
    return encrypted ? "https" : "http";
  }

  LoopPool pool() {
    return pool;
  }

  /** Tells a stream whether WebSockets are taken, as soon as the endpoint has said so. */
  void whenGreeted(Http2UpstreamStream stream) {
    if (greeted) {
      channel().eventLoop().execute(() -> stream.greeted(takesWebSockets));
    } else {
      ungreeted.add(stream);
    }
  }

  /** Opens a stream with the head of a request; null where there is no room any more. */
  @Nullable Http2Stream open(Http2UpstreamStream user, Http2Headers headers, boolean end) {
    int id = connection().local().incrementAndGetNextStreamId();
    if (id < 0 || !channel().isActive()) {
      return null;
    }
    encoder().writeHeaders(context(), id, headers, 0, end, context().newPromise());
    Http2Stream stream = connection().stream(id);
    if (stream != null) {
      stream.setProperty(streams, user);
    }
    return stream;
  }

  void writeData(Http2Stream stream, ByteBuf data, boolean end) {
    encoder().writeData(context(), stream.id(), data, 0, end, promise());
  }

  void writeTrailers(Http2Stream stream, Http2Headers trailers) {
    encoder().writeHeaders(context(), stream.id(), trailers, 0, true, promise());
  }

  void reset(Http2Stream stream, Http2Error error) {
    stream.removeProperty(streams);
    if (connection().stream(stream.id()) != null && channel().isActive()) {
      resetStream(context(), stream.id(), error.code(), promise());
      flushSoon();
    }
  }

  private void writabilityChanged(Http2Stream stream) {
    Http2UpstreamStream user = stream.getProperty(streams);
    if (user != null) {
      user.writabilityChanged();
    }
  }

  /** What the streams' ends mean. */
  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
      lastTaken = lastStreamId;
      leaving = true;
      pool.remove(Http2UpstreamSession.this);
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2UpstreamStream user = stream.removeProperty(streams);
      if (user != null) {
        user.closed(stream.id() > lastTaken ? Failure.REFUSED : Failure.CLOSED);
      }
    }
  }

  /** What the endpoint sends. */
  private final class Frames extends Http2FrameAdapter {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end) {
      onHeadersRead(ctx, streamId, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end) {
      Http2UpstreamStream user = user(streamId);
      if (user != null && headers instanceof CollectedHeaders collected) {
        user.head(collected.section(), end);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
      greeted = true;
      Boolean connect = settings.connectProtocolEnabled();
      takesWebSockets |= connect != null && connect;
      List<Http2UpstreamStream> all = List.copyOf(ungreeted);
      ungreeted.clear();
      all.forEach(stream -> stream.greeted(takesWebSockets));
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end) {
      Http2UpstreamStream user = user(streamId);
      return padding + (user == null ? data.readableBytes() : user.data(data, end));
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
      Http2Stream stream = connection().stream(streamId);
      Http2UpstreamStream user = stream == null ? null : stream.removeProperty(streams);
      if (user != null) {
        boolean refused = errorCode == Http2Error.REFUSED_STREAM.code();
        user.closed(refused ? Failure.REFUSED : Failure.CLOSED);
      }
    }

    private @Nullable Http2UpstreamStream user(int streamId) {
      Http2Stream stream = connection().stream(streamId);
      return stream == null ? null : stream.getProperty(streams);
    }
  }
}
