// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import dev.fairway.ingress.http2.FieldSection;
import dev.fairway.ingress.http2.GrpcStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A request on a stream of HTTP/2. The client's window opens again only for bytes that the backend
 * took. Confined to its event loop.
 */
final class Http2Downstream implements Downstream {
  private final Http2Session session;
  private final Http2Stream stream;
  private final boolean toHead;
  private final boolean grpc;
  private final boolean extendedConnect;
  private final long expectedBytes;
  private @Nullable Exchange exchange;
  private @Nullable Deque<ByteBuf> waiting;
  private @Nullable HttpFields trailers;
  private long receivedBytes;
  private boolean inputEnded;
  private boolean inputDelivered;
  private long responseLeft = -1;
  private @Nullable ByteBuf lastPiece;
  private boolean outputEnded;
  private boolean finished;
  private boolean tunnel;
  private @Nullable ChannelFuture lastWrite;
  private boolean draining;
  private long progressNanos;

  Http2Downstream(
      Http2Session session, Http2Stream stream, FieldSection.Request request, boolean ended) {
    this.session = session;
    this.stream = stream;
    inputEnded = ended;
    progressNanos = session.now();
    switch (request) {
      case FieldSection.Request.Valid valid -> {
        RequestHead head = valid.head();
        toHead = head.method().equals("HEAD");
        grpc = GrpcStatus.isGrpc(head.fields());
        extendedConnect = valid.extendedConnect();
        expectedBytes = extendedConnect ? -1 : head.contentLength();
        inputDelivered = !extendedConnect && !head.hasBody();
      }
      case FieldSection.Request.Refused refused -> {
        toHead = refused.method().equals("HEAD");
        grpc = false;
        extendedConnect = false;
        expectedBytes = -1;
      }
      case FieldSection.Request.Malformed _ -> {
        toHead = false;
        grpc = false;
        extendedConnect = false;
        expectedBytes = -1;
      }
    }
  }

  /** Looks for the route of the request, or answers it. */
  void begin(FieldSection.Request request, RequestDispatcher dispatcher) {
    switch (request) {
      case FieldSection.Request.Valid valid -> dispatcher.dispatch(valid.head(), this);
      case FieldSection.Request.Refused refused -> refuse(refused.status(), refused.text());
      case FieldSection.Request.Malformed _ -> malformed();
    }
  }

  @Override
  public void begin(Exchange started) {
    exchange = started;
    started.start();
  }

  /**
   * Takes a DATA frame of the client.
   *
   * @return how many of its bytes were taken at once
   */
  int requestData(ByteBuf data, boolean end) {
    int size = data.readableBytes();
    receivedBytes += size;
    progressNanos = session.now();
    boolean wrongLength =
        expectedBytes >= 0
            && (receivedBytes > expectedBytes || (end && receivedBytes != expectedBytes));
    if (wrongLength) {
      malformed();
      return size;
    }
    inputEnded |= end;
    if (exchange == null) {
      return size; // answered already: what still comes is of no use
    }
    int taken = 0;
    if (size > 0 && !isWaiting() && wantsBytes()) {
      give(data.retainedSlice());
      taken = size;
    } else if (size > 0) {
      if (waiting == null) {
        waiting = new ArrayDeque<>(4);
      }
      waiting.add(data.retainedSlice());
    }
    deliver();
    return taken;
  }

  /** Takes the section behind a request's body. */
  void trailers(FieldSection section, boolean end) {
    HttpFields fields = section.trailers();
    boolean wrongLength = expectedBytes >= 0 && receivedBytes != expectedBytes;
    if (fields == null || !end || tunnel || wrongLength) {
      malformed();
      return;
    }
    trailers = fields;
    inputEnded = true;
    deliver();
  }

  @Override
  public EventLoop eventLoop() {
    return session.channel().eventLoop();
  }

  @Override
  public ByteBufAllocator allocator() {
    return session.channel().alloc();
  }

  @Override
  public boolean isWritable() {
    return session.isWritable(stream);
  }

  @Override
  public void resumeRequest() {
    deliver();
  }

  @Override
  public void informational(ResponseHead head) {
    session.writeHead(stream, head.status(), head.fields(), false);
  }

  @Override
  public void responseHead(ResponseHead head, boolean requestCompletes) {
    boolean empty =
        toHead
            || head.framing() == Framing.NONE
            || (head.framing() == Framing.LENGTH && head.contentLength() == 0);
    responseLeft = head.framing() == Framing.LENGTH ? head.contentLength() : -1;
    progressNanos = session.now();
    outputEnded = empty;
    session.writeHead(stream, head.status(), head.fields(), empty);
  }

  @Override
  public void responseBody(ByteBuf piece) {
    if (outputEnded || finished) {
      piece.release();
      return;
    }
    progressNanos = session.now();
    if (responseLeft >= 0) {
      responseLeft -= piece.readableBytes();
    }
    if (responseLeft == 0 && lastPiece == null) {
      lastPiece = piece; // goes with the end of the stream, unless trailers follow
    } else {
      lastWrite = session.writeData(stream, piece, false);
    }
  }

  @Override
  public void responseEnd(@Nullable HttpFields responseTrailers) {
    if (!outputEnded) {
      outputEnded = true;
      ByteBuf last = lastPiece == null ? Unpooled.EMPTY_BUFFER : lastPiece;
      lastPiece = null;
      boolean more = responseTrailers != null && responseTrailers.size() > 0;
      if (!more || last.isReadable()) {
        lastWrite = session.writeData(stream, last, !more);
      }
      if (responseTrailers != null && more) {
        session.writeTrailers(stream, responseTrailers);
      }
    }
    finish();
  }

  @Override
  public void flush() {
    session.flushSoon();
  }

  @Override
  public void answer(int status, HttpFields fields, String body) {
    if (finished) {
      return;
    }
    if (grpc) {
      GrpcStatus.rewrite(status, fields, body);
      session.writeHead(stream, 200, fields, true);
      finish();
      return;
    }
    boolean empty = toHead || body.isEmpty();
    session.writeHead(stream, status, fields, empty);
    if (!empty) {
      lastWrite = session.writeData(stream, ByteBufUtil.writeAscii(allocator(), body), true);
    }
    finish();
  }

  @Override
  public void refuse(int status, String text) {
    String body = status + " " + text + "\n";
    answer(status, session.gateway().responseFields().own(body.length()), body);
  }

  @Override
  public void abort() {
    over();
    session.reset(stream, Http2Error.INTERNAL_ERROR);
  }

  @Override
  public void startTunnel(ResponseHead head, String protocol) {
    tunnel = true;
    progressNanos = session.now();
    head.fields().removeNamed("sec-websocket-accept");
    head.fields().remove(Field.CONTENT_LENGTH);
    session.writeHead(stream, 200, head.fields(), false);
    session.flushSoon();
    deliver();
  }

  @Override
  public void tunnelData(ByteBuf bytes) {
    progressNanos = session.now();
    session.writeData(stream, bytes, false);
    session.flushSoon();
  }

  @Override
  public void tunnelEnd() {
    outputEnded = true;
    session.writeData(stream, Unpooled.EMPTY_BUFFER, true);
    session.flushSoon();
  }

  /** The client takes response bytes again, or no more for now. */
  void writabilityChanged() {
    progressNanos = session.now();
    Exchange current = exchange;
    if (current != null && isWritable()) {
      current.downstreamWritable();
    }
  }

  void flushRequest() {
    draining = false;
    Exchange current = exchange;
    if (current != null) {
      current.flushRequest();
    }
  }

  /** The stream is over, by whomever. */
  void closed() {
    Exchange current = exchange;
    over();
    if (current != null) {
      current.cancel();
    }
  }

  /** Ends the stream if the client has done nothing that it should do for too long. */
  void sweep(long nowNanos) {
    Exchange current = exchange;
    if (current == null) {
      return;
    }
    ListenerLimits limits = session.gateway().limits();
    long silent = nowNanos - progressNanos;
    if (tunnel) {
      if (silent > limits.tunnelTimeout().toNanos()) {
        closedByTime(current, Http2Error.CANCEL);
      }
      return;
    }
    if (silent <= limits.bodyTimeout().toNanos()) {
      return;
    }
    if (!inputEnded && !isWaiting() && responseLeft < 0 && !outputEnded && current.wantsBody()) {
      exchange = null;
      current.cancel();
      refuse(408, "the body of the request did not arrive in time");
    } else if (!isWritable()) {
      closedByTime(current, Http2Error.CANCEL);
    }
  }

  private void closedByTime(Exchange current, Http2Error error) {
    over();
    current.cancel();
    session.reset(stream, error);
  }

  private boolean wantsBytes() {
    Exchange current = exchange;
    return current != null && (!extendedConnect || tunnel) && current.wantsBody();
  }

  private boolean isWaiting() {
    return waiting != null && !waiting.isEmpty();
  }

  /** Gives the backend what it takes. */
  private void deliver() {
    Deque<ByteBuf> pieces = waiting;
    while (pieces != null && !pieces.isEmpty() && wantsBytes()) {
      ByteBuf piece = pieces.poll();
      int size = piece.readableBytes();
      give(piece);
      session.consumed(stream, size);
    }
    if (inputEnded && !inputDelivered && !isWaiting() && wantsBytes()) {
      inputDelivered = true;
      Exchange current = exchange;
      if (current != null && tunnel) {
        current.tunnelOutputEnd();
      } else if (current != null) {
        current.requestEnd(trailers);
      }
    }
    if (!draining) {
      draining = true;
      session.flushRequestSoon(this);
    }
  }

  private void give(ByteBuf piece) {
    Exchange current = exchange;
    if (current == null) {
      piece.release();
    } else if (tunnel) {
      current.tunnelWrite(piece);
    } else {
      current.requestBody(piece);
    }
  }

  private void malformed() {
    session.gateway().counters().malformed.increment();
    Exchange current = exchange;
    over();
    if (current != null) {
      current.cancel();
    }
    session.reset(stream, Http2Error.PROTOCOL_ERROR);
  }

  /** The response is written; what the client would still send is of no use any more. */
  private void finish() {
    over();
    if (!inputEnded) {
      ChannelFuture written = lastWrite;
      if (written == null) {
        session.reset(stream, Http2Error.NO_ERROR);
      } else {
        written.addListener(_ -> session.reset(stream, Http2Error.NO_ERROR));
      }
    }
    session.flushSoon();
  }

  private void over() {
    finished = true;
    exchange = null;
    ByteBuf held = lastPiece;
    lastPiece = null;
    if (held != null) {
      held.release();
    }
    Deque<ByteBuf> pieces = waiting;
    waiting = null;
    while (pieces != null && !pieces.isEmpty()) {
      ByteBuf piece = pieces.poll();
      int size = piece.readableBytes();
      piece.release();
      session.consumed(stream, size);
    }
  }
}
