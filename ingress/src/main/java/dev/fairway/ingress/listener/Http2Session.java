// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http2.CollectedHeaders;
import dev.fairway.ingress.http2.FieldSection;
import dev.fairway.ingress.http2.FieldWriter;
import dev.fairway.ingress.http2.FloodGuard;
import dev.fairway.ingress.http2.Http2Codecs;
import dev.fairway.ingress.http2.Http2Peer;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/2 connection: gives each of its streams an {@link StreamDownstream}, keeps the
 * limits of the connection as a whole, and ends it gracefully. Confined to its event loop.
 */
final class Http2Session extends Http2Peer implements Drainable {
  static final int MAX_STREAMS = 100;
  static final int STREAM_WINDOW = 65_535;
  static final int CONNECTION_WINDOW = 1 << 20;
  private static final int MAX_RESETS = 200;
  private static final int RESET_SECONDS = 30;
  private static final int MAX_CONTROL_FRAMES = 1_000;
  private static final int MAX_SETTINGS = 100;
  private static final int DATA_FRAME_BYTES = 1_024;

  /**
   * Bytes of a response that wait for the client; its windows may allow it to have us keep more.
   */
  private static final int MAX_WAITING_BYTES = 1 << 16;

  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long FINAL_GOAWAY_MILLIS = 1_000;
  private static final SecureRandom NONCES = new SecureRandom();

  private final GatewayContext gateway;
  private final Frontend frontend;
  private final boolean encrypted;
  private final RequestDispatcher dispatcher;
  private final PropertyKey downstreams;
  private final Deadline deadline;
  private final FloodGuard control = new FloodGuard(MAX_CONTROL_FRAMES);
  private final FloodGuard settings = new FloodGuard(MAX_SETTINGS);
  private final FloodGuard ownResets = new FloodGuard(MAX_RESETS);
  private final List<StreamDownstream> unflushed = new ArrayList<>();
  private int requests;
  private boolean draining;
  private boolean refusesMore;
  private boolean greeted;
  private boolean refused;
  private long lastActivityNanos;

  private Http2Session(
      GatewayContext gateway,
      Frontend frontend,
      Channel channel,
      Client client,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings initial) {
    super(channel, decoder, encoder, initial);
    this.gateway = gateway;
    this.frontend = frontend;
    encrypted = client.tls();
    dispatcher = new RequestDispatcher(gateway, frontend, client.withHttp(2));
    downstreams = connection().newKey();
    deadline = new Deadline(channel.eventLoop(), this::sweep);
    connection().addListener(new Streams());
    decoder.frameListener(new Frames());
    encoder.flowController().listener(this::writabilityChanged);
  }

  static Http2Session create(
      GatewayContext gateway, Frontend frontend, Channel channel, Client client) {
    int headerBytes = gateway.limits().messages().headerBytes();
    Http2Settings settings =
        new Http2Settings()
            .maxConcurrentStreams(MAX_STREAMS)
            .initialWindowSize(STREAM_WINDOW)
            .maxHeaderListSize(headerBytes)
            .connectProtocolEnabled(true);
    Http2Connection connection = Http2Codecs.connection(true);
    Http2ConnectionEncoder encoder = Http2Codecs.encoder(connection);
    return new Builder(gateway, frontend, channel, client)
        .settings(settings, Http2Codecs.decoder(connection, encoder, headerBytes), encoder);
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Session, Builder> {
    private final GatewayContext gateway;
    private final Frontend frontend;
    private final Channel channel;
    private final Client client;

    Builder(GatewayContext gateway, Frontend frontend, Channel channel, Client client) {
      this.gateway = gateway;
      this.frontend = frontend;
      this.channel = channel;
      this.client = client;
    }

    Http2Session settings(
        Http2Settings settings, Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder) {
      initialSettings(settings);
      decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS);
      codec(decoder, encoder);
      frameListener(new Http2FrameAdapter()); // replaced by the session itself
      return build();
    }

    @Override
    protected Http2Session build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2Session(gateway, frontend, channel, client, decoder, encoder, settings);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    lastActivityNanos = now();
    super.handlerAdded(ctx);
    openWindow(CONNECTION_WINDOW);
    deadline.set(sweepNanos());
    ctx.flush();
    ctx.read();
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    deadline.cancel();
    super.handlerRemoved0(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    deadline.cancel();
    super.channelInactive(ctx);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    for (int i = 0; i < unflushed.size(); i++) {
      unflushed.get(i).flushRequest();
    }
    unflushed.clear();
    super.channelReadComplete(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      active().forEach(StreamDownstream::endOfInput);
      channel().close(); // once what the client has asked for is answered
    }
  }

  /** Resets that are our answer to a client's mistakes are as limited as those of the client. */
  @Override
  public ChannelFuture resetStream(
      ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
    if (errorCode != Http2Error.NO_ERROR.code() && !ownResets.admit(now())) {
      onError(ctx, true, tooMany("stream errors"));
    }
    return super.resetStream(ctx, streamId, errorCode, promise);
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception http2Exception) {
    gateway.counters().malformed.increment();
    if (http2Exception != null && !refused) {
      refused = true;
      dispatcher.refused(http2Exception.error() == Http2Error.ENHANCE_YOUR_CALM ? 429 : 400);
    }
    super.onConnectionError(ctx, outbound, cause, http2Exception);
  }

  /** A request whose fields are too large is answered by the codec; other errors end a stream. */
  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException error) {
    Http2Stream stream = connection().stream(error.streamId());
    StreamDownstream downstream = stream == null ? null : stream.getProperty(downstreams);
    if (downstream != null) {
      downstream.failed(400, Why.MALFORMED);
    } else if (error instanceof Http2Exception.HeaderListSizeException) {
      dispatcher.refused(431);
    }
    super.onStreamError(ctx, outbound, cause, error);
  }

  @Override
  public void drain() {
    if (draining || !channel().isActive()) {
      return;
    }
    draining = true;
    ChannelHandlerContext ctx = context();
    if (connection().numActiveStreams() == 0) {
      channel().close();
      return;
    }
    // Requests that are on their way while this travels are still served, for a second. A PING
    // would
    // tell how long that is, but there are clients that take nothing but GOAWAY behind one.
    goAway(ctx, Integer.MAX_VALUE, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, promise());
    flushSoon();
    channel()
        .eventLoop()
        .schedule(() -> finalGoAway(ctx), FINAL_GOAWAY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void finalGoAway(ChannelHandlerContext ctx) {
    if (channel().isActive() && !refusesMore) {
      refusesMore = true;
      int last = connection().remote().lastStreamCreated();
      goAway(ctx, last, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, promise());
      flushSoon();
      endIfDone();
    }
  }

  private void endIfDone() {
    if (refusesMore && connection().numActiveStreams() == 0) {
      channel().close();
    }
  }

  private long now() {
    return channel().eventLoop().ticker().nanoTime();
  }

  /** A stream for the request on it. */
  private final class Stream implements ClientStream {
    private final Http2Stream stream;
    private int waitingBytes;

    Stream(Http2Stream stream) {
      this.stream = stream;
    }

    @Override
    public GatewayContext gateway() {
      return gateway;
    }

    @Override
    public Channel channel() {
      return Http2Session.this.channel();
    }

    @Override
    public long now() {
      return Http2Session.this.now();
    }

    @Override
    public boolean isWritable() {
      return waitingBytes < MAX_WAITING_BYTES && Http2Session.this.isWritable(stream);
    }

    @Override
    public void writeHead(int status, HttpFields fields, boolean end) {
      if (encrypted && status >= 200) {
        frontend.addAltService(fields);
      }
      Http2Headers headers =
          FieldWriter.response(status, fields, new DefaultHttp2Headers(false, 16));
      encoder().writeHeaders(context(), stream.id(), headers, 0, end, promise());
    }

    @Override
    public void writeTrailers(HttpFields trailers) {
      Http2Headers headers = FieldWriter.fields(trailers, new DefaultHttp2Headers(false, 8));
      encoder().writeHeaders(context(), stream.id(), headers, 0, true, promise());
    }

    @Override
    public ChannelFuture writeData(ByteBuf data, boolean end) {
      int size = data.readableBytes();
      control.earn(size / DATA_FRAME_BYTES + 1L);
      waitingBytes += size;
      return encoder()
          .writeData(context(), stream.id(), data, 0, end, promise())
          .addListener(_ -> written(size));
    }

    private void written(int bytes) {
      boolean held = waitingBytes >= MAX_WAITING_BYTES;
      waitingBytes -= bytes;
      if (held && waitingBytes < MAX_WAITING_BYTES) {
        writabilityChanged(stream);
      }
    }

    @Override
    public void reset(Reset why) {
      if (connection().stream(stream.id()) == null) {
        return;
      }
      Http2Error error =
          switch (why) {
            case ANSWERED -> Http2Error.NO_ERROR;
            case MALFORMED -> Http2Error.PROTOCOL_ERROR;
            case BROKEN -> Http2Error.INTERNAL_ERROR;
            case TOO_SLOW -> Http2Error.CANCEL;
          };
      resetStream(context(), stream.id(), error.code(), promise());
      flushSoon();
    }

    @Override
    public void consumed(int bytes) {
      Http2Session.this.consumed(stream, bytes);
    }

    @Override
    public void flushSoon() {
      Http2Session.this.flushSoon();
    }

    @Override
    public void flushRequestSoon(StreamDownstream downstream) {
      if (isReading()) {
        unflushed.add(downstream);
      } else {
        downstream.flushRequest();
      }
    }
  }

  private void writabilityChanged(Http2Stream stream) {
    StreamDownstream downstream = stream.getProperty(downstreams);
    if (downstream != null) {
      downstream.writabilityChanged();
    }
  }

  /** Ends what has made no progress for too long. */
  private void sweep() {
    if (!channel().isActive()) {
      return;
    }
    long now = now();
    deadline.set(sweepNanos());
    ListenerLimits limits = gateway.limits();
    if (!greeted && now - lastActivityNanos > limits.headerTimeout().toNanos()) {
      context().close();
    } else if (connection().numActiveStreams() > 0) {
      lastActivityNanos = now;
      active().forEach(downstream -> downstream.sweep(now));
    } else if (now - lastActivityNanos > limits.idleTimeout().toNanos()) {
      channel().close();
    }
  }

  private List<StreamDownstream> active() {
    List<StreamDownstream> active = new ArrayList<>();
    try {
      connection()
          .forEachActiveStream(stream -> {
            StreamDownstream downstream = stream.getProperty(downstreams);
            if (downstream != null) {
              active.add(downstream);
            }
            return true;
          });
    } catch (Http2Exception impossible) {
      onError(context(), true, impossible);
    }
    return active;
  }

  private long sweepNanos() {
    ListenerLimits limits = gateway.limits();
    long shortest = Math.min(limits.bodyTimeout().toNanos(), limits.idleTimeout().toNanos());
    return Math.min(SWEEP_NANOS, shortest / 2);
  }

  private static Http2Exception tooMany(String what) {
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many %s", what);
  }

  private void admit(FloodGuard guard, String what) throws Http2Exception {
    if (!guard.admit(now())) {
      throw tooMany(what);
    }
  }

  /** What the streams' ends mean. */
  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      StreamDownstream downstream = stream.removeProperty(downstreams);
      if (downstream != null) {
        lastActivityNanos = now();
        downstream.closed();
      }
      if (refusesMore) {
        channel().eventLoop().execute(Http2Session.this::endIfDone);
      }
    }
  }

  /** What the client sends. */
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
        boolean end)
        throws Http2Exception {
      onHeadersRead(ctx, streamId, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      Http2Stream stream = connection().stream(streamId);
      if (stream == null || !(headers instanceof CollectedHeaders collected)) {
        return;
      }
      StreamDownstream known = stream.getProperty(downstreams);
      if (known != null) {
        known.trailers(collected.section(), end);
        return;
      }
      control.earn(4);
      gateway.counters().requests.increment();
      requests++;
      if (requests == gateway.limits().requestsOverStreams()) {
        drain();
      }
      FieldSection.Request request =
          collected.section().request(end, gateway.limits().messages(), NONCES);
      StreamDownstream downstream = new StreamDownstream(new Stream(stream), request, end);
      stream.setProperty(downstreams, downstream);
      downstream.begin(request, dispatcher);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end)
        throws Http2Exception {
      Http2Stream stream = connection().stream(streamId);
      StreamDownstream downstream = stream == null ? null : stream.getProperty(downstreams);
      if (!data.isReadable() && !end) {
        admit(control, "empty frames");
      }
      return padding
          + (downstream == null ? data.readableBytes() : downstream.requestData(data, end));
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings read)
        throws Http2Exception {
      greeted = true;
      admit(settings, "SETTINGS frames");
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      admit(control, "PING frames");
    }

    @Override
    public void onPriorityRead(
        ChannelHandlerContext ctx, int streamId, int dependency, short weight, boolean exclusive)
        throws Http2Exception {
      admit(control, "PRIORITY frames");
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment)
        throws Http2Exception {
      admit(control, "WINDOW_UPDATE frames");
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload) {
      if (!control.admit(now())) {
        onError(ctx, false, tooMany("unknown frames"));
      }
    }
  }
}
