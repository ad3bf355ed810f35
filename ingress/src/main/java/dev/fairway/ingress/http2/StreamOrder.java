// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a client and refuses header sections on streams that it has ended, or has
 * skipped (RFC 9113 section 5.1). Sections on streams that we have reset may still be on their way,
 * and everything of streams above the last one of our GOAWAY: those never exist, and what is sent
 * on them is dropped. Confined to one event loop.
 */
final class StreamOrder extends DefaultHttp2FrameReader {
  private static final int REMEMBERED = 128;
  private static final int MAX_DROPPED = 10_000;

  private final Http2Connection connection;
  private final int[] opened = new int[REMEMBERED];
  private int openedCount;
  private final int[] reset = new int[REMEMBERED];
  private int resetCount;
  private int dropped;
  private @Nullable Checked checked;

  StreamOrder(Http2Connection connection, Http2HeadersDecoder headers, int maxSmallContinuations) {
    super(headers, maxSmallContinuations);
    this.connection = connection;
  }

  @Override
  public void readFrame(ChannelHandlerContext ctx, ByteBuf in, Http2FrameListener listener)
      throws Http2Exception {
    Checked current = checked;
    if (current == null || !current.next.equals(listener)) {
      current = new Checked(listener);
      checked = current;
    }
    super.readFrame(ctx, in, current);
  }

  /** Remembers the streams that we have ended while more of them may come. */
  Http2Connection.Listener resets() {
    return new Http2ConnectionAdapter() {
      @Override
      public void onStreamClosed(Http2Stream stream) {
        if (stream.isResetSent()) {
          reset[resetCount++ % REMEMBERED] = stream.id();
        }
      }
    };
  }

  private void check(int streamId) throws Http2Exception {
    Http2Stream stream = connection.stream(streamId);
    if (stream == null && !connection.streamMayHaveExisted(streamId)) {
      opened[openedCount++ % REMEMBERED] = streamId;
      return;
    }
    if (stream == null && contains(reset, streamId)) {
      return;
    }
    if (stream == null) {
      throw contains(opened, streamId)
          ? Http2Exception.connectionError(Http2Error.STREAM_CLOSED, "HEADERS on an ended stream")
          : Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "HEADERS out of order");
    }
    if (stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE) {
      throw Http2Exception.streamError(
          streamId, Http2Error.STREAM_CLOSED, "HEADERS after the end of the stream");
    }
  }

  /** Whether a frame belongs to a stream that our GOAWAY has refused; other layers know no such. */
  private boolean isDropped(int streamId) throws Http2Exception {
    Http2Connection.Endpoint<?> client = connection.remote();
    boolean refused =
        connection.goAwaySent()
            && client.isValidStreamId(streamId)
            && streamId > client.lastStreamKnownByPeer();
    if (refused && ++dropped > MAX_DROPPED) {
      throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "GOAWAY is not heeded");
    }
    return refused;
  }

  private static boolean contains(int[] ids, int streamId) {
    for (int id : ids) {
      if (id == streamId) {
        return true;
      }
    }
    return false;
  }

  /** Looks at header sections, passes on everything. */
  private final class Checked implements Http2FrameListener {
    private final Http2FrameListener next;

    Checked(Http2FrameListener next) {
      this.next = next;
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end)
        throws Http2Exception {
      if (isDropped(streamId)) {
        Http2Stream none = connection.stream(streamId);
        connection.local().flowController().receiveFlowControlledFrame(none, data, padding, end);
        return data.readableBytes() + padding;
      }
      return next.onDataRead(ctx, streamId, data, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      if (!isDropped(streamId)) {
        check(streamId);
        next.onHeadersRead(ctx, streamId, headers, padding, end);
      }
    }

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
      if (!isDropped(streamId)) {
        check(streamId);
        next.onHeadersRead(ctx, streamId, headers, dependency, weight, exclusive, padding, end);
      }
    }

    @Override
    public void onPriorityRead(
        ChannelHandlerContext ctx, int streamId, int dependency, short weight, boolean exclusive)
        throws Http2Exception {
      next.onPriorityRead(ctx, streamId, dependency, weight, exclusive);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
        throws Http2Exception {
      if (!isDropped(streamId)) {
        next.onRstStreamRead(ctx, streamId, errorCode);
      }
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
      next.onSettingsAckRead(ctx);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      next.onSettingsRead(ctx, settings);
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      next.onPingRead(ctx, data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      next.onPingAckRead(ctx, data);
    }

    @Override
    public void onPushPromiseRead(
        ChannelHandlerContext ctx,
        int streamId,
        int promisedStreamId,
        Http2Headers headers,
        int padding)
        throws Http2Exception {
      next.onPushPromiseRead(ctx, streamId, promisedStreamId, headers, padding);
    }

    @Override
    public void onGoAwayRead(
        ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData)
        throws Http2Exception {
      next.onGoAwayRead(ctx, lastStreamId, errorCode, debugData);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment)
        throws Http2Exception {
      if (!isDropped(streamId)) {
        next.onWindowUpdateRead(ctx, streamId, increment);
      }
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload)
        throws Http2Exception {
      next.onUnknownFrame(ctx, type, streamId, flags, payload);
    }
  }
}
