// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.Trailers;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.ResponseRate;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.upstream.Deadline;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamConnection;
import dev.fairway.ingress.upstream.UpstreamListener;
import dev.fairway.ingress.upstream.Waiter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way to an endpoint and the response on its way back. Tries another endpoint
 * where {@link Attempts} allows it and what was sent of the body is still there. Confined to the
 * event loop of its client.
 */
final class Forwarding implements UpstreamListener, Waiter {
  private static final int MAX_INFORMATIONAL = 16;

  /** The header field of an answer that the endpoints' limits are the reason of. */
  private static final String OVERLOADED = "X-Fairway-Overloaded";

  private final GatewayContext gateway;
  private final Downstream downstream;
  private final Exchange exchange;
  private final RequestHead request;
  private final RoutePolicy policy;
  private final Upstream upstream;
  private final String upgrade;
  private final boolean expectsContinue;
  private final Attempts attempts;
  private final ReplayBody body;
  private @Nullable HttpFields trailers;
  private @Nullable Deadline attemptDeadline;
  private @Nullable ResponsePace pace;
  private @Nullable Future<?> timer;
  private @Nullable UpstreamConnection connection;
  private boolean connected;
  private boolean waits;
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
      Selection selection,
      String upgrade) {
    this.gateway = gateway;
    this.downstream = downstream;
    this.exchange = exchange;
    this.request = exchange.sentHead();
    this.policy = exchange.route().policy();
    this.upstream = upstream;
    this.upgrade = upgrade;
    requestEnded = !request.hasBody();
    expectsContinue = request.fields().count(Field.EXPECT) > 0;
    attempts =
        new Attempts(upstream, policy.retries(), selection, request.isIdempotent(), nanoTime());
    body = new ReplayBody(downstream.allocator(), attempts.canRepeat());
  }

  void start() {
    timer = null;
    if (done) {
      return;
    }
    Endpoint endpoint = attempts.begin(nanoTime());
    if (endpoint == null) {
      String reason = upstream.unavailableReason();
      if (reason == null) {
        waitForPlace();
      } else {
        exchange.facts().because(Why.NO_ENDPOINT);
        answer(upstream.unavailableStatus(), reason);
      }
      return;
    }
    boolean first = attempts.count() == 1;
    if (!first) {
      gateway.counters().retries.increment();
    }
    exchange.facts().attempt(endpoint);
    armAttempt();
    connection =
        gateway.pools().acquire(downstream.eventLoop(), upstream.spec(), endpoint, first, this);
  }

  private void waitForPlace() {
    waits = true;
    if (!upstream.await(this)) {
      waits = false;
      done = true;
      body.release();
      exchange.facts().because(Why.OVERLOADED);
      exchange.answer(
          503, "the backend has too many requests", fields -> fields.add(OVERLOADED, "true"));
      return;
    }
    long limit = policy.connectTimeout().toNanos();
    if (limit > 0) {
      timer = downstream.eventLoop().schedule(this::waitedTooLong, limit, TimeUnit.NANOSECONDS);
    }
  }

  /** Called on any thread. */
  @Override
  public void placeFree() {
    EventLoop loop = downstream.eventLoop();
    if (!loop.isShuttingDown()) {
      loop.execute(this::takePlace);
    }
  }

  private void takePlace() {
    if (!waits) {
      upstream.leave(this);
      return;
    }
    waits = false;
    cancelTimer();
    start();
  }

  private void waitedTooLong() {
    timer = null;
    if (waits) {
      stopWaiting();
      done = true;
      body.release();
      exchange.facts().because(Why.OVERLOADED);
      exchange.answer(
          503, "the backend had no place in time", fields -> fields.add(OVERLOADED, "true"));
    }
  }

  private void stopWaiting() {
    if (waits) {
      waits = false;
      upstream.leave(this);
    }
  }

  private void armAttempt() {
    if (!policy.attemptTimeout().isZero()) {
      Deadline deadline = attemptDeadline;
      if (deadline == null) {
        deadline = new Deadline(downstream.eventLoop(), this::attemptExpired);
        attemptDeadline = deadline;
      }
      deadline.set(policy.attemptTimeout().toNanos());
    }
  }

  private void attemptExpired() {
    UpstreamConnection current = connection;
    if (current != null && !responseBegun) {
      Failure failure = connected ? Failure.TIMEOUT : Failure.CONNECT_TIMEOUT;
      current.close();
      upstreamFailed(current, failure);
    }
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
    body.add(piece);
    current.writeBody(piece);
  }

  void requestEnd(@Nullable HttpFields sent) {
    requestEnded = true;
    trailers = Trailers.filter(sent);
    UpstreamConnection current = connection;
    if (current != null) {
      current.endRequest(trailers);
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
    stopWaiting();
    settle();
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
    exchange.facts().sends(request.fields());
    ready.writeHead(request, exchange.forwardedTarget());
    ByteBuf sent = body.bytes();
    if (sent != null) {
      ready.writeBody(sent);
    }
    if (requestEnded) {
      ready.endRequest(trailers);
      ready.flush();
    } else {
      // What follows at once goes out together with the head.
      downstream.eventLoop().execute(this::flushRequest);
      downstream.resumeRequest();
    }
  }

  @Override
  public void upstreamFailed(UpstreamConnection failed, Failure failure) {
    connected = false;
    connection = null;
    if (done) {
      return;
    }
    exchange.facts().attemptFailed(why(failure));
    long now = nanoTime();
    if (responseBegun) {
      done = true;
      exchange.facts().because(why(failure));
      settle();
      exchange.end();
      downstream.abort();
      return;
    }
    if (failure == Failure.NO_WEBSOCKET) {
      attempts.over(); // nothing is wrong with the endpoint
    } else {
      attempts.failed(now);
    }
    boolean answered = failed.hasResponseStarted() || informational > 0;
    boolean repeatable = body.isComplete();
    if (attempts.mayRepeat(failure, failed.isHeadLost(), answered, repeatable, now)) {
      repeat(failure == Failure.CONNECT_FAILED || failure == Failure.CONNECT_TIMEOUT);
    } else {
      answerFailure(failure);
    }
  }

  private void repeat(boolean connectionFailed) {
    long delay = attempts.delayNanos(connectionFailed);
    if (delay == 0) {
      start();
    } else {
      timer = downstream.eventLoop().schedule(this::start, delay, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public RoutePolicy policy() {
    return policy;
  }

  @Override
  public boolean wantsResponse() {
    ResponsePace held = pace;
    return downstream.isWritable() && (held == null || held.isOpen());
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
    attempts.responded(head.status(), nanoTime());
    exchange.facts().attemptAnswered(head.status());
    if (repeatsInsteadOf(head) || exchange.replaces(head.status())) {
      return;
    }
    responseBegun = true;
    settleAttempt();
    keepUpstream = head.isKeepAlive();
    gateway.responseFields().prepare(head);
    exchange.responseBegins(head);
    ResponseRate rate = policy.responseRate();
    if (rate != null) {
      pace = new ResponsePace(rate, downstream.eventLoop(), this::downstreamWritable);
    }
    boolean completes = requestEnded || (keepUpstream && (!expectsContinue || continued));
    downstream.responseHead(head, completes);
  }

  /** Drops the response where the policy wants another attempt instead of it. */
  private boolean repeatsInsteadOf(ResponseHead head) {
    UpstreamConnection current = connection;
    if (current == null || !attempts.repeatsInstead(head.status(), body.isComplete(), nanoTime())) {
      return false;
    }
    connection = null;
    connected = false;
    current.close();
    repeat(false);
    return true;
  }

  @Override
  public void responseBody(ByteBuf piece) {
    exchange.facts().responseBytes(piece.readableBytes());
    ResponsePace held = pace;
    if (held != null) {
      held.passed(piece.readableBytes());
    }
    downstream.responseBody(piece);
  }

  @Override
  public void responseEnd(@Nullable HttpFields sent) {
    UpstreamConnection current = connection;
    connection = null;
    connected = false;
    done = true;
    if (current != null) {
      current.release(keepUpstream && requestEnded);
    }
    exchange.facts().complete();
    settle();
    exchange.end();
    downstream.responseEnd(Trailers.filter(sent));
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
    attempts.responded(head.status(), nanoTime());
    exchange.facts().attemptAnswered(head.status());
    attempts.becomesTunnel();
    settleAttempt();
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

  private static Why why(Failure failure) {
    return switch (failure) {
      case CONNECT_FAILED -> Why.CONNECT_FAILED;
      case CONNECT_TIMEOUT -> Why.CONNECT_TIMEOUT;
      case REFUSED, CLOSED -> Why.BACKEND_CLOSED;
      case TIMEOUT -> Why.BACKEND_TIMEOUT;
      case MALFORMED -> Why.BACKEND_MALFORMED;
      case NO_WEBSOCKET -> Why.BACKEND_NO_WEBSOCKET;
    };
  }

  private void answerFailure(Failure failure) {
    exchange.facts().because(why(failure));
    switch (failure) {
      case CONNECT_FAILED -> answer(502, "no connection to the backend could be opened");
      case CONNECT_TIMEOUT -> answer(504, "no connection to the backend was opened in time");
      case REFUSED -> answer(502, "the backend refused the request");
      case CLOSED -> answer(502, "the backend closed the connection before it responded");
      case TIMEOUT -> answer(504, "the backend did not respond in time");
      case MALFORMED -> answer(502, "the response of the backend is malformed");
      case NO_WEBSOCKET -> answer(502, "the backend takes no WebSockets over HTTP/2");
    }
  }

  private void answer(int status, String text) {
    done = true;
    settle();
    if (!exchange.replaces(status)) {
      exchange.answer(status, text);
    }
  }

  /** No further attempt follows. */
  private void settleAttempt() {
    body.release();
    Deadline deadline = attemptDeadline;
    if (deadline != null) {
      deadline.cancel();
    }
    cancelTimer();
  }

  /** The request is over. */
  private void settle() {
    settleAttempt();
    ResponsePace held = pace;
    if (held != null) {
      held.cancel();
    }
    attempts.over();
  }

  private void cancelTimer() {
    Future<?> scheduled = timer;
    timer = null;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
  }

  private long nanoTime() {
    return downstream.eventLoop().ticker().nanoTime();
  }
}
