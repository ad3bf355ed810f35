// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.UpstreamSpec;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The copy of a request on its way to an upstream that nobody waits for: it plays the client, drops
 * every response, and gives up where the upstream is slower than the client by more than a few
 * buffers. Confined to the event loop of the client.
 */
final class Mirror extends InnerClient {
  private static final int MAX_WAITING_BYTES = 64 * 1024;

  /** A mirror must not hold on to anything for long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Exchange exchange;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean requestEnded;
  private boolean endGiven;
  private boolean over;

  /**
   * @param head of the copy; its fields belong to it
   */
  Mirror(
      GatewayContext gateway,
      Frontend frontend,
      Downstream original,
      Client client,
      RequestHead head,
      RequestTarget target,
      UpstreamSpec upstream) {
    super(original);
    requestEnded = !head.hasBody();
    RouteAction action = new RouteAction.Forward(List.of(BackendRef.to(upstream)));
    Route route = route("mirror", action, TIMEOUT, Duration.ZERO);
    exchange = new Exchange(gateway, frontend, this, client, head, target, route);
  }

  /** Begins; path and host are those that the backend of the original gets. */
  void start(String forwardedTarget, @Nullable String forwardedHost) {
    exchange.forwardTarget(forwardedTarget);
    if (forwardedHost != null) {
      exchange.forwardHost(forwardedHost);
    }
    exchange.start();
  }

  /** Takes a piece of the request's body; consumes it. */
  void requestBody(ByteBuf piece) {
    waitingBytes += piece.readableBytes();
    waiting.add(piece);
    if (over || waitingBytes > MAX_WAITING_BYTES) {
      cancel();
    } else {
      drain();
    }
  }

  void requestEnd() {
    requestEnded = true;
    drain();
  }

  /** The original broke off before its end: so does the copy. Complete copies go on. */
  void originalEnded() {
    if (!requestEnded) {
      cancel();
    }
  }

  private void drain() {
    while (!over && exchange.wantsBody() && !waiting.isEmpty()) {
      ByteBuf piece = waiting.remove();
      waitingBytes -= piece.readableBytes();
      exchange.requestBody(piece);
    }
    if (!over && !endGiven && requestEnded && waiting.isEmpty() && exchange.wantsBody()) {
      endGiven = true;
      exchange.requestEnd(null);
    }
    exchange.flushRequest();
  }

  @Override
  void cancel() {
    if (!over) {
      finish();
      exchange.cancel();
    }
    releaseWaiting();
  }

  private void finish() {
    over = true;
    releaseWaiting();
  }

  private void releaseWaiting() {
    while (!waiting.isEmpty()) {
      waiting.remove().release();
    }
    waitingBytes = 0;
  }

  @Override
  void failed() {
    finish();
  }

  @Override
  public void resumeRequest() {
    drain();
  }

  @Override
  public void responseHead(ResponseHead head, boolean requestCompletes) {
    // nobody reads it
  }

  @Override
  public void responseBody(ByteBuf piece) {
    piece.release();
  }

  @Override
  public void responseEnd(@Nullable HttpFields trailers) {
    finish();
  }
}
