// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.RequestFields;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import dev.fairway.ingress.http2.GrpcStatus;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.ErrorPages;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.Deadline;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request from the choice of its route to the end of its response: runs the filters, then
 * answers or forwards. Confined to the event loop of its client.
 */
final class Exchange extends FilteredRequest {
  private static final String WEBSOCKET = "websocket";

  private final RequestFacts facts;
  private final String upgrade;
  private final boolean trailersWanted;
  private @Nullable Selection selection;
  private List<RouteFilter> filters;
  private int nextFilter;
  private boolean running;
  private RequestHead sent;
  private @Nullable BackendRef backend;
  private @Nullable Forwarding forwarding;
  private @Nullable Deadline requestDeadline;
  private @Nullable BodyPace pace;
  private long bodyBytes;
  private boolean requestEnded;
  private boolean done;

  Exchange(
      GatewayContext gateway,
      Frontend frontend,
      Downstream downstream,
      Client client,
      RequestHead head,
      RequestTarget target,
      Route route) {
    super(gateway, frontend, downstream, client, head, target, route);
    sent = head;
    filters = route.filters();
    requestEnded = !head.hasBody();
    upgrade = head.asksUpgradeTo(WEBSOCKET) ? WEBSOCKET : "";
    trailersWanted = head.fields().hasToken(Field.TE, "trailers");
    RequestFields.strip(head.fields(), client);
    facts = new RequestFacts(gateway.tracer(), client, head, target, route);
  }

  void start() {
    long limit = route().policy().maxRequestBody();
    if (limit >= 0 && head().contentLength() > limit) {
      facts.because(Why.BODY_TOO_LARGE);
      answer(413, "the body of the request is too large");
      return;
    }
    long timeout = timeoutNanos();
    if (timeout > 0) {
      Deadline deadline = new Deadline(downstream.eventLoop(), this::expired);
      deadline.set(timeout);
      requestDeadline = deadline;
    }
    MinBodyRate slowest = gateway.limits().minBodyRate();
    if (slowest.bytesPerSecond() > 0 && !requestEnded && upgrade.isEmpty()) {
      pace = new BodyPace(slowest, downstream.eventLoop(), this::wantsBody, this::bodyTooSlow);
    }
    proceed();
  }

  /** What the route allows, or less where a client of gRPC waits for less; 0 for no limit. */
  private long timeoutNanos() {
    long ours = route().policy().requestTimeout().toNanos();
    if (!head().hasBody() || !GrpcStatus.isGrpc(head().fields())) {
      return ours;
    }
    long theirs = GrpcStatus.timeoutNanos(head().fields().get("grpc-timeout"));
    return theirs > 0 && (ours == 0 || theirs < ours) ? theirs : ours;
  }

  @Override
  public void proceed() {
    if (done || running) {
      return;
    }
    running = true;
    boolean through = runFilters();
    running = false;
    if (through) {
      act();
    }
  }

  /** Runs the filters that are left; false where the request waits or is answered. */
  private boolean runFilters() {
    while (nextFilter < filters.size()) {
      RouteFilter filter = filters.get(nextFilter++);
      switch (filter.onRequest(this)) {
        case CONTINUE -> {}
        case ANSWERED, PENDING -> {
          return false;
        }
      }
    }
    return true;
  }

  private void act() {
    BackendRef chosen = backend;
    if (chosen != null) {
      forward(chosen);
      return;
    }
    switch (route().action()) {
      case RouteAction.Respond respond -> {
        facts.because(Why.ROUTE);
        answer(respond.status(), respond.reason());
      }
      case RouteAction.Forward all -> {
        BackendRef decided = decidedBackend();
        chosen = decided == null ? choose(all.backends()) : decided;
        if (chosen == null) {
          facts.because(Why.NO_ENDPOINT);
          answer(503, "the route has no backend");
          return;
        }
        backend = chosen;
        facts.backend(chosen);
        filters = chosen.filters();
        nextFilter = 0;
        proceed();
      }
    }
  }

  private void forward(BackendRef chosen) {
    switch (chosen.target()) {
      case BackendRef.Broken broken -> {
        facts.because(Why.ROUTE);
        answer(broken.status(), broken.reason());
      }
      case BackendRef.Service service -> {
        Upstream upstream = usable(service.upstream());
        if (upstream == null) {
          facts.because(Why.NO_ENDPOINT);
          answer(503, "the route has no backend");
          return;
        }
        Selection chosenBy = upstream.select(this);
        influence(chosenBy);
        selection = chosenBy;
        Mirrors mirrors = mirrors();
        if (mirrors != null && upgrade.isEmpty()) {
          mirrors.start(head(), target(), forwardedTarget(), forwardedHost());
        }
        gateway
            .requestFields()
            .prepare(head().fields(), target(), client(), upgrade, trailersWanted, forwardedHost());
        Forwarding started = new Forwarding(gateway, downstream, this, upstream, chosenBy, upgrade);
        forwarding = started;
        if (requestEnded && head().hasBody()) {
          started.requestEnd(null);
        }
        started.start();
      }
    }
  }

  /** The upstream, or the second one while the first has no endpoint. */
  private @Nullable Upstream usable(UpstreamSpec spec) {
    Upstream first = gateway.upstreams().find(spec);
    ErrorPages other = second();
    if (other == null || (first != null && first.unavailableReason() == null)) {
      return first;
    }
    Upstream instead = gateway.upstreams().find(other.upstream());
    if (instead == null || instead.unavailableReason() != null) {
      return first;
    }
    fallBackTo(null);
    return instead;
  }

  /**
   * Asks the second backend for a page instead of a response of the first. Only for requests that
   * have arrived completely: what is left of a body must not be taken for anything else.
   */
  boolean replaces(int status) {
    ErrorPages pages = second();
    Upstream upstream =
        pages == null || !pages.statuses().contains(status) || !requestEnded
            ? null
            : gateway.upstreams().find(pages.upstream());
    if (pages == null || upstream == null || upstream.unavailableReason() != null) {
      return false;
    }
    fallBackTo(null);
    Forwarding former = forwarding;
    if (former != null) {
      former.cancel();
    }
    String method = head().method().equals("HEAD") ? "HEAD" : "GET";
    sent = new RequestHead(method, "/", 1, pages.question().apply(status), 0);
    forwardTarget("/");
    Selection chosenBy = upstream.select(this);
    selection = chosenBy;
    gateway.requestFields().prepare(sent.fields(), target(), client(), "", false, null);
    Forwarding started = new Forwarding(gateway, downstream, this, upstream, chosenBy, "");
    forwarding = started;
    started.start();
    return true;
  }

  /** The head that the backend gets. */
  RequestHead sentHead() {
    return sent;
  }

  /** By weight: any few requests in a row are spread as well as many are. */
  private @Nullable BackendRef choose(List<BackendRef> backends) {
    if (backends.size() == 1 && backends.getFirst().weight() > 0) {
      return backends.getFirst();
    }
    int total = 0;
    for (BackendRef candidate : backends) {
      total += candidate.weight();
    }
    if (total == 0) {
      return null;
    }
    int point = gateway.spread(total);
    for (BackendRef candidate : backends) {
      point -= candidate.weight();
      if (point < 0) {
        return candidate;
      }
    }
    return null;
  }

  /** Whether the next piece of the request's body may be given. */
  boolean wantsBody() {
    Forwarding current = forwarding;
    return current != null && current.wantsBody();
  }

  /** Sends a piece of the request's body; consumes it. */
  void requestBody(ByteBuf piece) {
    bodyBytes += piece.readableBytes();
    facts.requestBytes(piece.readableBytes());
    long limit = route().policy().maxRequestBody();
    Forwarding current = forwarding;
    if (limit >= 0 && bodyBytes > limit) {
      piece.release();
      refuseBody(413, Why.BODY_TOO_LARGE, "the body of the request is too large");
    } else if (current == null) {
      piece.release();
    } else {
      Mirrors mirrors = mirrors();
      if (mirrors != null) {
        mirrors.peekBody(piece);
      }
      int size = piece.readableBytes();
      current.requestBody(piece);
      if (pace != null) {
        pace.arrived(size);
      }
    }
  }

  private void bodyTooSlow() {
    Forwarding current = forwarding;
    if (!done && !requestEnded && current != null && !current.hasResponse()) {
      refuseBody(408, Why.CLIENT_SLOW, "the body of the request arrives too slowly");
    }
  }

  private void refuseBody(int status, Why why, String text) {
    Forwarding current = forwarding;
    boolean responding = current != null && current.hasResponse();
    if (current != null) {
      forwarding = null;
      current.cancel();
    }
    facts.because(why);
    if (responding) {
      end();
      downstream.abort();
    } else {
      answer(status, text);
    }
  }

  void requestEnd(@Nullable HttpFields trailers) {
    requestEnded = true;
    endPace();
    Mirrors mirrors = mirrors();
    if (mirrors != null) {
      mirrors.requestEnd();
    }
    Forwarding current = forwarding;
    if (current != null) {
      current.requestEnd(trailers);
    }
  }

  void flushRequest() {
    Forwarding current = forwarding;
    if (current != null) {
      current.flushRequest();
    }
  }

  /** Sends bytes of the client through the tunnel; consumes them. */
  void tunnelWrite(ByteBuf bytes) {
    Forwarding current = forwarding;
    if (current == null) {
      bytes.release();
    } else {
      current.tunnelWrite(bytes);
    }
  }

  /** The client sends no more through the tunnel. */
  void tunnelOutputEnd() {
    Forwarding current = forwarding;
    if (current != null) {
      current.tunnelOutputEnd();
    }
  }

  /** The client takes response bytes again. */
  void downstreamWritable() {
    Forwarding current = forwarding;
    if (current != null) {
      current.downstreamWritable();
    }
  }

  /** The client is gone, or the exchange is of no use any more. */
  void cancel() {
    Forwarding current = forwarding;
    forwarding = null;
    if (current != null) {
      current.cancel();
    }
    end();
  }

  /** The client's side gave up and answers by itself where there is no response yet. */
  void fail(int status, Why why) {
    Forwarding current = forwarding;
    facts.because(why);
    if (current == null || !current.hasResponse()) {
      facts.responseBegins(status);
    }
    cancel();
  }

  /** The final response was passed on completely, or was broken off. */
  void end() {
    if (done) {
      return;
    }
    done = true;
    Mirrors mirrors = mirrors();
    if (mirrors != null) {
      mirrors.originalEnded();
    }
    Deadline deadline = requestDeadline;
    if (deadline != null) {
      deadline.cancel();
    }
    endPace();
    runEndTasks();
    facts.end(gateway.observer());
  }

  private void endPace() {
    if (pace != null) {
      pace.cancel();
      pace = null;
    }
  }

  /** Prepares the head of a final response for the client. */
  void responseBegins(ResponseHead response) {
    Deadline deadline = requestDeadline;
    if (deadline != null) {
      deadline.cancel();
    }
    change(response);
    facts.responseBegins(response.status());
  }

  /** What is to be told of the request when it is over. */
  RequestFacts facts() {
    return facts;
  }

  private void expired() {
    Forwarding current = forwarding;
    if (done || (current != null && current.hasResponse())) {
      return;
    }
    forwarding = null;
    if (current != null) {
      current.cancel();
    }
    facts.because(Why.REQUEST_TIMEOUT);
    answer(504, "the request took too long");
  }

  @Override
  public void answer(int status, String text) {
    answer(status, text, _ -> {});
  }

  @Override
  public void answer(int status, String text, Consumer<HttpFields> more) {
    if (done) {
      return;
    }
    String body = status == 204 ? "" : status + " " + text + "\n";
    HttpFields fields = gateway.responseFields().own(body.length());
    if (status == 204) {
      fields.remove(Field.CONTENT_LENGTH);
      fields.remove(Field.CONTENT_TYPE);
    }
    more.accept(fields);
    String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
    change(new ResponseHead(status, reason, 1, fields, Framing.LENGTH, body.length()));
    facts.because(Why.FILTER);
    facts.responseBegins(status);
    facts.responseBytes(body.length());
    facts.complete();
    end();
    downstream.answer(status, fields, body);
  }

  @Override
  public @Nullable String endpoint() {
    Selection current = selection;
    Endpoint last = current == null ? null : current.last();
    return last == null ? null : last.identity();
  }

  @Override
  public int attempts() {
    Selection current = selection;
    return current == null ? 0 : current.attempts();
  }
}
