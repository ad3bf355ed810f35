// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import dev.fairway.ingress.http2.FieldSection;
import dev.fairway.ingress.http2.GrpcStatus;
import dev.fairway.ingress.observe.Why;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A request on a stream of HTTP/2 or HTTP/3. The client's window opens again only for bytes that
 * the backend took. Confined to its event loop.
 */
final class StreamDownstream implements Downstream {
  private final ClientStream stream;
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

  StreamDownstream(ClientStream stream, FieldSection.Request request, boolean ended) {
    this.stream = stream;
    inputEnded = ended;
    progressNanos = stream.now();
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
      case FieldSection.Request.Refused refused -> {
        dispatcher.refused(refused.status());
        refuse(refused.status(), refused.text());
      }
      case FieldSection.Request.Malformed _ -> {
        dispatcher.refused(400);
        malformed();
      }
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
    progressNanos = stream.now();
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

  /** Nothing more comes, where the end is not said with a frame. */
  void requestEnded() {
    if (!inputEnded && requestData(Unpooled.EMPTY_BUFFER, true) == 0) {
      inputEnded = true;
    }
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
    return stream.channel().eventLoop();
  }

  @Override
  public ByteBufAllocator allocator() {
    return stream.channel().alloc();
  }

  @Override
  public boolean isWritable() {
    return stream.isWritable();
  }

  @Override
  public void resumeRequest() {
    deliver();
  }

  @Override
  public void informational(ResponseHead head) {
    stream.writeHead(head.status(), head.fields(), false);
  }

  @Override
  public void responseHead(ResponseHead head, boolean requestCompletes) {
    boolean empty =
        toHead
            || head.framing() == Framing.NONE
            || (head.framing() == Framing.LENGTH && head.contentLength() == 0);
    responseLeft = head.framing() == Framing.LENGTH ? head.contentLength() : -1;
    progressNanos = stream.now();
    outputEnded = empty;
    stream.writeHead(head.status(), head.fields(), empty);
  }

  @Override
  public void responseBody(ByteBuf piece) {
    if (outputEnded || finished) {
      piece.release();
      return;
    }
    progressNanos = stream.now();
    if (responseLeft >= 0) {
      responseLeft -= piece.readableBytes();
    }
    if (responseLeft == 0 && lastPiece == null) {
      lastPiece = piece; // goes with the end of the stream, unless trailers follow
    } else {
      lastWrite = stream.writeData(piece, false);
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
        lastWrite = stream.writeData(last, !more);
      }
      if (responseTrailers != null && more) {
        stream.writeTrailers(responseTrailers);
      }
    }
    finish();
  }

  @Override
  public void flush() {
    stream.flushSoon();
  }

  @Override
  public void answer(int status, HttpFields fields, String body) {
    if (finished) {
      return;
    }
    if (grpc) {
      GrpcStatus.rewrite(status, fields, body);
      stream.writeHead(200, fields, true);
      finish();
      return;
    }
    boolean empty = toHead || body.isEmpty();
    stream.writeHead(status, fields, empty);
    if (!empty) {
      lastWrite = stream.writeData(ByteBufUtil.writeAscii(allocator(), body), true);
    }
    finish();
  }

  @Override
  public void refuse(int status, String text) {
    String body = status + " " + text + "\n";
    answer(status, stream.gateway().responseFields().own(body.length()), body);
  }

  @Override
  public void abort() {
    over();
    stream.reset(ClientStream.Reset.BROKEN);
  }

  @Override
  public void startTunnel(ResponseHead head, String protocol) {
    tunnel = true;
    progressNanos = stream.now();
    head.fields().removeNamed("sec-websocket-accept");
    head.fields().remove(Field.CONTENT_LENGTH);
    stream.writeHead(200, head.fields(), false);
    stream.flushSoon();
    deliver();
  }

  @Override
  public void tunnelData(ByteBuf bytes) {
    progressNanos = stream.now();
    stream.writeData(bytes, false);
    stream.flushSoon();
  }

  @Override
  public void tunnelEnd() {
    outputEnded = true;
    stream.writeData(Unpooled.EMPTY_BUFFER, true);
    stream.flushSoon();
  }

  /** The client takes response bytes again, or no more for now. */
  void writabilityChanged() {
    progressNanos = stream.now();
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

  /** The client broke the rules of its protocol. */
  void failed(int status, Why why) {
    Exchange current = exchange;
    over();
    if (current != null) {
      current.fail(status, why);
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
    ListenerLimits limits = stream.gateway().limits();
    long silent = nowNanos - progressNanos;
    if (tunnel) {
      if (silent > limits.tunnelTimeout().toNanos()) {
        giveUp(current);
      }
      return;
    }
    if (silent <= limits.bodyTimeout().toNanos()) {
      return;
    }
    if (!inputEnded && !isWaiting() && responseLeft < 0 && !outputEnded && current.wantsBody()) {
      exchange = null;
      current.fail(408, Why.CLIENT_SLOW);
      refuse(408, "the body of the request did not arrive in time");
    } else if (!isWritable()) {
      giveUp(current);
    }
  }

  /** The connection brings no more bytes: tunnels half-close, an incomplete request is given up. */
  void endOfInput() {
    Exchange current = exchange;
    if (current == null || inputEnded) {
      return;
    }
    if (tunnel) {
      inputEnded = true;
      deliver();
    } else {
      giveUp(current);
    }
  }

  private void giveUp(Exchange current) {
    over();
    current.cancel();
    stream.reset(ClientStream.Reset.TOO_SLOW);
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
      stream.consumed(size);
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
      stream.flushRequestSoon(this);
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
    stream.gateway().counters().malformed.increment();
    failed(400, Why.MALFORMED);
    stream.reset(ClientStream.Reset.MALFORMED);
  }

  /** The response is written; what the client would still send is of no use any more. */
  private void finish() {
    over();
    if (!inputEnded) {
      ChannelFuture written = lastWrite;
      if (written == null) {
        stream.reset(ClientStream.Reset.ANSWERED);
      } else {
        written.addListener(_ -> stream.reset(ClientStream.Reset.ANSWERED));
      }
    }
    stream.flushSoon();
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
      stream.consumed(size);
    }
  }
}
