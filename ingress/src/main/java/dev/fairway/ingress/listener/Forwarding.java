// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.Trailers;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.MessageWriter;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamConnection;
import dev.fairway.ingress.upstream.UpstreamListener;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way to an endpoint and the response on its way back. Tries another endpoint
 * where that is safe: always when no connection could be opened; when the connection ended before
 * any byte of a response only if nothing was sent, or if the request has no body (sent yet) and is
 * idempotent; else where the route's policy allows it. Confined to the event loop of its client.
 */
final class Forwarding implements UpstreamListener {
  private static final int MAX_INFORMATIONAL = 16;
  private static final long BACKOFF_MILLIS = 50;

  private final GatewayContext gateway;
  private final Downstream downstream;
  private final Exchange exchange;
  private final RequestHead request;
  private final RoutePolicy policy;
  private final Upstream upstream;
  private final String upgrade;
  private final boolean expectsContinue;
  private final List<Endpoint> tried = new ArrayList<>(1);
  private @Nullable UpstreamConnection connection;
  private boolean connected;
  private boolean bodySent;
  private boolean requestEnded;
  private boolean responseBegun;
  private boolean keepUpstream;
  private boolean done;
  private boolean continued;
  private int informational;

  /**
   * @param upgrade the protocol the client asks for and we allow, or ""
   */
  Forwarding(
      GatewayContext gateway,
      Downstream downstream,
      Exchange exchange,
      Upstream upstream,
      String upgrade) {
    this.gateway = gateway;
    this.downstream = downstream;
    this.exchange = exchange;
    this.request = exchange.head();
    this.policy = exchange.route().policy();
    this.upstream = upstream;
    this.upgrade = upgrade;
    requestEnded = !request.hasBody();
    expectsContinue = request.fields().count(Field.EXPECT) > 0;
  }

  void start() {
    if (done) {
      return;
    }
    Endpoint endpoint = upstream.pick(tried, downstream.eventLoop().ticker().nanoTime());
    if (endpoint == null) {
      exchange.facts().because(Why.NO_ENDPOINT);
      String reason = upstream.unavailableReason();
      answer(503, reason == null ? "no endpoint of the backend is ready" : reason);
      return;
    }
    boolean first = tried.isEmpty();
    if (!first) {
      gateway.counters().retries.increment();
    }
    tried.add(endpoint);
    exchange.facts().attempt(endpoint);
    connection = gateway.pools().acquire(downstream.eventLoop(), endpoint, first, this);
  }

  /** Whether the next piece of the request's body may be given. */
  boolean wantsBody() {
    UpstreamConnection current = connection;
    return connected && current != null && current.isWritable();
  }

  /** Sends a piece of the request's body; consumes it. */
  void requestBody(ByteBuf piece) {
    UpstreamConnection current = connection;
    if (current == null) {
      piece.release();
      return;
    }
    bodySent = true;
    if (request.isChunked()) {
      current.write(MessageWriter.chunkStart(downstream.allocator(), piece.readableBytes()));
      current.write(piece);
      current.write(MessageWriter.chunkEnd());
    } else {
      current.write(piece);
    }
  }

  void requestEnd(@Nullable HttpFields trailers) {
    requestEnded = true;
    UpstreamConnection current = connection;
    if (current != null) {
      if (request.isChunked()) {
        bodySent = true;
        current.write(MessageWriter.lastChunk(downstream.allocator(), Trailers.filter(trailers)));
      }
      current.endRequest();
    }
  }

  void flushRequest() {
    UpstreamConnection current = connection;
    if (connected && current != null) {
      current.flush();
    }
  }

  /** Sends bytes of the client through the tunnel; consumes them. */
  void tunnelWrite(ByteBuf bytes) {
    UpstreamConnection current = connection;
    if (current == null) {
      bytes.release();
    } else {
      current.write(bytes);
    }
  }

  /** The client sends no more through the tunnel. */
  void tunnelOutputEnd() {
    UpstreamConnection current = connection;
    if (current != null) {
      current.shutdownOutput();
    }
  }

  /** The client takes response bytes again. */
  void downstreamWritable() {
    UpstreamConnection current = connection;
    if (connected && current != null) {
      current.resume();
    }
  }

  /** Whether the head of the final response was passed on. */
  boolean hasResponse() {
    return responseBegun;
  }

  /** The client is gone, or the exchange is of no use any more. */
  void cancel() {
    done = true;
    UpstreamConnection current = connection;
    connection = null;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public void connected(UpstreamConnection ready) {
    connection = ready;
    connected = true;
    if (!ready.isReused()) {
      gateway.counters().upstreamConnects.increment();
    }
    ready.writeHead(
        request.method(),
        MessageWriter.requestHead(
            downstream.allocator(),
            request.method(),
            exchange.forwardedTarget(),
            request.fields()));
    if (requestEnded) {
      ready.endRequest();
    } else {
      downstream.resumeRequest();
    }
    ready.flush();
  }

  @Override
  public void upstreamFailed(UpstreamConnection failed, Failure failure) {
    connected = false;
    connection = null;
    if (done) {
      return;
    }
    if (responseBegun) {
      done = true;
      exchange.facts().because(why(failure));
      exchange.end();
      downstream.abort();
    } else if (mayRetry(failed, failure)) {
      retry();
    } else {
      answerFailure(failure);
    }
  }

  @Override
  public RoutePolicy policy() {
    return policy;
  }

  @Override
  public boolean wantsResponse() {
    return downstream.isWritable();
  }

  @Override
  public void responseHead(ResponseHead head) {
    if (head.status() == 101) {
      switchProtocols(head);
      return;
    }
    if (head.isInformational()) {
      informational++;
      boolean wanted = head.status() != 100 || (expectsContinue && !requestEnded);
      continued |= head.status() == 100;
      if (informational > MAX_INFORMATIONAL) {
        failMalformed();
      } else if (wanted && request.minorVersion() == 1) {
        gateway.responseFields().prepare(head);
        downstream.informational(head);
        downstream.flush();
      }
      return;
    }
    responseBegun = true;
    keepUpstream = head.isKeepAlive();
    gateway.responseFields().prepare(head);
    exchange.responseBegins(head);
    boolean completes = requestEnded || (keepUpstream && (!expectsContinue || continued));
    downstream.responseHead(head, completes);
  }

  @Override
  public void responseBody(ByteBuf piece) {
    exchange.facts().responseBytes(piece.readableBytes());
    downstream.responseBody(piece);
  }

  @Override
  public void responseEnd(@Nullable HttpFields trailers) {
    UpstreamConnection current = connection;
    connection = null;
    connected = false;
    done = true;
    if (current != null) {
      current.release(keepUpstream && requestEnded);
    }
    exchange.facts().complete();
    exchange.end();
    downstream.responseEnd(Trailers.filter(trailers));
  }

  @Override
  public void responseFlush() {
    downstream.flush();
  }

  @Override
  public void upstreamWritable() {
    downstream.resumeRequest();
  }

  @Override
  public void tunnelData(ByteBuf bytes) {
    downstream.tunnelData(bytes);
  }

  @Override
  public void tunnelEnd() {
    downstream.tunnelEnd();
  }

  private void switchProtocols(ResponseHead head) {
    UpstreamConnection current = connection;
    String accepted = head.fields().get(Field.UPGRADE);
    if (upgrade.isEmpty() || !upgrade.equalsIgnoreCase(accepted) || current == null) {
      failMalformed();
      return;
    }
    responseBegun = true;
    gateway.responseFields().prepare(head);
    exchange.responseBegins(head);
    exchange.facts().complete();
    downstream.startTunnel(head, upgrade);
    current.startTunnel();
  }

  private void failMalformed() {
    UpstreamConnection current = connection;
    if (current != null) {
      current.close();
      upstreamFailed(current, Failure.MALFORMED);
    }
  }

  private boolean mayRetry(UpstreamConnection failed, Failure failure) {
    if (tried.size() >= policy.retries().attempts()) {
      return false;
    }
    return switch (failure) {
      case CONNECT_FAILED, CONNECT_TIMEOUT -> true;
      case CLOSED ->
          !bodySent
              && !failed.hasResponseStarted()
              && informational == 0
              && (failed.isHeadLost()
                  || request.isIdempotent()
                  || policy.retries().nonIdempotent());
      case TIMEOUT, MALFORMED -> false;
    };
  }

  /** At once where another endpoint is left, else after a short while, when the set may differ. */
  private void retry() {
    long now = downstream.eventLoop().ticker().nanoTime();
    Endpoint last = tried.getLast();
    boolean other = upstream.hasUntried(tried);
    if (other || !last.isAvoided(now)) {
      start();
    } else {
      downstream
          .eventLoop()
          .schedule(this::start, BACKOFF_MILLIS * tried.size(), TimeUnit.MILLISECONDS);
    }
  }

  private static Why why(Failure failure) {
    return switch (failure) {
      case CONNECT_FAILED -> Why.CONNECT_FAILED;
      case CONNECT_TIMEOUT -> Why.CONNECT_TIMEOUT;
      case CLOSED -> Why.BACKEND_CLOSED;
      case TIMEOUT -> Why.BACKEND_TIMEOUT;
      case MALFORMED -> Why.BACKEND_MALFORMED;
    };
  }

  private void answerFailure(Failure failure) {
    exchange.facts().because(why(failure));
    switch (failure) {
      case CONNECT_FAILED -> answer(502, "no connection to the backend could be opened");
      case CONNECT_TIMEOUT -> answer(504, "no connection to the backend was opened in time");
      case CLOSED -> answer(502, "the backend closed the connection before it responded");
      case TIMEOUT -> answer(504, "the backend did not respond in time");
      case MALFORMED -> answer(502, "the response of the backend is malformed");
    }
  }

  private void answer(int status, String text) {
    done = true;
    exchange.answer(status, text);
  }
}
