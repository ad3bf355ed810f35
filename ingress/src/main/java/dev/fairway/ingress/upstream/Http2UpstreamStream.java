// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import dev.fairway.ingress.http2.FieldSection;
import dev.fairway.ingress.http2.FieldWriter;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A request on a stream of a {@link Http2UpstreamSession}. The endpoint's window opens again only
 * for bytes that the client took. An upgrade to WebSocket is asked for as RFC 8441 has it, once the
 * endpoint has said that it takes them, and looks like that of HTTP/1.1 to the listener. Confined
 * to its event loop.
 */
final class Http2UpstreamStream implements UpstreamConnection {
  private final Http2UpstreamSession session;
  private final boolean reused;
  private final Deadline deadline;
  private final Deque<ByteBuf> waiting = new ArrayDeque<>(4);
  private @Nullable UpstreamListener listener;
  private @Nullable Http2Stream stream;
  private boolean toHead;
  private @Nullable WebSocketRequest webSocket;
  private boolean tunnel;
  private boolean tunnelEnded;
  private boolean requestDone;
  private boolean responseSeen;
  private boolean headDelivered;
  private boolean refused;
  private long expected = -1;
  private long received;
  private boolean inputEnded;
  private @Nullable HttpFields trailers;
  private @Nullable Failure ending;
  private boolean delivering;
  private boolean over;

  Http2UpstreamStream(Http2UpstreamSession session, UpstreamListener listener, boolean reused) {
    this.session = session;
    this.listener = listener;
    this.reused = reused;
    deadline = new Deadline(session.channel().eventLoop(), () -> failed(Failure.TIMEOUT));
  }

  /** The connection is open. */
  void opened() {
    UpstreamListener current = listener;
    if (current != null) {
      current.connected(this);
    }
  }

  /** The exchange cannot go on. */
  void failed(Failure failure) {
    UpstreamListener current = listener;
    refused |= failure == Failure.REFUSED;
    close();
    if (current != null) {
      current.upstreamFailed(this, failure);
    }
  }

  @Override
  public Endpoint endpoint() {
    return session.endpoint();
  }

  @Override
  public boolean isReused() {
    return reused;
  }

  @Override
  public boolean isHeadLost() {
    return refused || stream == null;
  }

  @Override
  public boolean hasResponseStarted() {
    return responseSeen;
  }

  @Override
  public boolean isWritable() {
    Http2Stream current = stream;
    return current != null && session.isWritable(current);
  }

  @Override
  public void writeHead(RequestHead request, String target) {
    webSocket = WebSocketRequest.of(request, target);
    if (webSocket != null) {
      session.whenGreeted(this);
      return;
    }
    toHead = request.method().equals("HEAD");
    Http2Headers headers =
        FieldWriter.request(
            request.method(),
            session.scheme(),
            target,
            request.fields(),
            new DefaultHttp2Headers(false, 16));
    requestDone = !request.hasBody();
    stream = session.open(this, headers, requestDone);
    if (stream == null) {
      session.channel().eventLoop().execute(() -> failed(Failure.REFUSED));
    }
  }

  /** The endpoint has said what it takes; not called from within {@link #writeHead}. */
  void greeted(boolean takesWebSockets) {
    WebSocketRequest asked = webSocket;
    if (over || asked == null) {
      return;
    }
    if (!takesWebSockets) {
      failed(Failure.NO_WEBSOCKET);
      return;
    }
    stream = session.open(this, asked.headers(session.scheme()), false);
    if (stream == null) {
      failed(Failure.REFUSED);
    } else {
      session.flushSoon();
    }
  }

  @Override
  public void writeBody(ByteBuf piece) {
    write(piece);
  }

  @Override
  public void endRequest(@Nullable HttpFields requestTrailers) {
    if (webSocket == null) {
      finishRequest(requestTrailers);
    }
    touch();
  }

  private void finishRequest(@Nullable HttpFields requestTrailers) {
    Http2Stream current = stream;
    if (!requestDone && current != null) {
      requestDone = true;
      if (requestTrailers != null && requestTrailers.size() > 0) {
        session.writeTrailers(
            current, FieldWriter.fields(requestTrailers, new DefaultHttp2Headers(false, 8)));
      } else {
        session.writeData(current, Unpooled.EMPTY_BUFFER, true);
      }
    }
  }

  @Override
  public void write(ByteBuf bytes) {
    Http2Stream current = stream;
    if (current == null || requestDone) {
      bytes.release();
      return;
    }
    session.writeData(current, bytes, false);
    touch();
  }

  @Override
  public void flush() {
    session.flushSoon();
  }

  @Override
  public void resume() {
    deliver();
    UpstreamListener current = listener;
    if (current != null) {
      current.responseFlush();
    }
    touch();
  }

  @Override
  public void startTunnel() {
    tunnel = true;
    deadline.clear();
    deliver();
  }

  @Override
  public void shutdownOutput() {
    finishRequest(null);
    session.flushSoon();
  }

  @Override
  public void release(boolean reusable) {
    end(inputEnded ? Http2Error.NO_ERROR : Http2Error.CANCEL);
  }

  @Override
  public void close() {
    end(Http2Error.CANCEL);
  }

  /** Takes a header section of the endpoint. */
  void head(FieldSection section, boolean end) {
    responseSeen = true;
    UpstreamListener current = listener;
    if (current == null) {
      return;
    }
    if (headDelivered) {
      trailers = section.trailers();
      if (trailers == null || !end || (expected >= 0 && received != expected)) {
        failed(Failure.MALFORMED);
        return;
      }
      inputEnded = true;
      deliver();
      return;
    }
    ResponseHead head = accepted(section.response(end, toHead), end);
    if (head == null || (head.isInformational() && end)) {
      failed(Failure.MALFORMED);
      return;
    }
    touch();
    if (head.status() == 101) {
      headDelivered = true;
    } else if (!head.isInformational()) {
      headDelivered = true;
      expected = head.framing() == Framing.LENGTH ? head.contentLength() : -1;
      inputEnded = end;
    }
    current.responseHead(head);
    deliver();
    current.responseFlush();
  }

  /** What is success for a CONNECT is the end of a handshake for the listener. */
  private @Nullable ResponseHead accepted(@Nullable ResponseHead head, boolean end) {
    WebSocketRequest asked = webSocket;
    boolean success = head != null && head.status() >= 200 && head.status() < 300;
    if (asked == null || !success) {
      return head;
    }
    return end || head == null ? null : asked.accepted(head.fields());
  }

  /**
   * Takes bytes of the response.
   *
   * @return how many were taken at once
   */
  int data(ByteBuf data, boolean end) {
    int size = data.readableBytes();
    UpstreamListener current = listener;
    if (current == null) {
      return size;
    }
    received += size;
    boolean wrongLength =
        expected >= 0 ? received > expected || (end && received < expected) : toHead && size > 0;
    if (!headDelivered || wrongLength) {
      failed(Failure.MALFORMED);
      return size;
    }
    touch();
    inputEnded = end;
    int taken = 0;
    if (size > 0 && waiting.isEmpty() && current.wantsResponse()) {
      give(current, data.retainedSlice());
      taken = size;
    } else if (size > 0) {
      waiting.add(data.retainedSlice());
    }
    deliver();
    current.responseFlush();
    return taken;
  }

  /** The stream is over. */
  void closed(Failure failure) {
    stream = null;
    if (listener == null) {
      return;
    }
    if (inputEnded) {
      return; // the rest of the response is still to be delivered
    }
    ending = failure;
    refused |= failure == Failure.REFUSED;
    deliver();
  }

  void writabilityChanged() {
    UpstreamListener current = listener;
    if (current != null && isWritable()) {
      touch();
      current.upstreamWritable();
    }
  }

  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    UpstreamListener current = listener;
    while (current != null && !waiting.isEmpty() && current.wantsResponse()) {
      ByteBuf piece = waiting.poll();
      int size = piece.readableBytes();
      give(current, piece);
      consumed(size);
      current = listener;
    }
    delivering = false;
    if (current == null || !waiting.isEmpty()) {
      return;
    }
    if (inputEnded && tunnel) {
      if (!tunnelEnded) {
        tunnelEnded = true;
        current.tunnelEnd();
      }
    } else if (inputEnded) {
      current.responseEnd(trailers);
      current.responseFlush();
    } else if (ending != null) {
      failed(ending);
    }
  }

  private void give(UpstreamListener current, ByteBuf piece) {
    if (tunnel) {
      current.tunnelData(piece);
    } else {
      current.responseBody(piece);
    }
  }

  private void consumed(int size) {
    Http2Stream current = stream;
    if (current != null) {
      session.consumed(current, size);
    }
  }

  private void end(Http2Error error) {
    if (over) {
      return;
    }
    over = true;
    listener = null;
    deadline.cancel();
    while (!waiting.isEmpty()) {
      ByteBuf piece = waiting.poll();
      consumed(piece.readableBytes());
      piece.release();
    }
    Http2Stream current = stream;
    stream = null;
    if (current != null && !(inputEnded && requestDone)) {
      session.reset(current, error);
    }
    session.left(this);
  }

  /** The endpoint's silence counts only while it is its turn to act. */
  private void touch() {
    UpstreamListener current = listener;
    if (current == null || tunnel) {
      return;
    }
    if (!current.wantsResponse()) {
      deadline.clear(); // the client is slow, not the endpoint
    } else if (requestDone || webSocket != null) {
      arm(current.policy().readTimeout());
    } else if (!isWritable()) {
      arm(current.policy().sendTimeout());
    }
  }

  private void arm(Duration timeout) {
    if (timeout.isZero()) {
      deadline.clear();
    } else {
      deadline.set(timeout.toNanos());
    }
  }
}
