// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.SubRequest;
import dev.fairway.ingress.route.SubResponse;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request of the gateway's own on behalf of another: it plays the client of an exchange and drops
 * the body of the response. Confined to the event loop of the client.
 */
final class SubExchange extends InnerClient {
  private static final int MAX_BODY = 64 * 1024;

  private final Consumer<SubResponse> then;
  private @Nullable Exchange exchange;
  private @Nullable SubResponse response;
  private int bodyBytes;
  private boolean over;

  private SubExchange(Downstream original, Consumer<SubResponse> then) {
    super(original);
    this.then = then;
  }

  /**
   * Sends a request.
   *
   * @param then called once, with the status 0 or NOWHERE where nobody responded
   */
  static SubExchange start(
      GatewayContext gateway,
      Frontend frontend,
      Downstream original,
      Client client,
      SubRequest asked,
      Consumer<SubResponse> then) {
    SubExchange started = new SubExchange(original, then);
    HttpFields fields = asked.fields();
    fields.set(Field.HOST, asked.authority());
    RequestHead head = new RequestHead(asked.method(), asked.pathAndQuery(), 1, fields, 0);
    RequestTarget target = RequestTarget.parse(asked.pathAndQuery(), asked.authority());
    RouteAction action = target == null ? null : action(frontend, asked, target, head);
    if (target == null || action == null || isNowhere(gateway, asked)) {
      started.finish(new SubResponse(SubResponse.NOWHERE, new HttpFields()));
      return started;
    }
    Route route =
        route("sub-request", action, asked.timeout(), RoutePolicy.DEFAULT.attemptTimeout());
    Exchange exchange = new Exchange(gateway, frontend, started, client, head, target, route);
    started.exchange = exchange;
    exchange.start();
    return started;
  }

  /** The backend that is named, or what the gateway has for the host; without its filters. */
  private static @Nullable RouteAction action(
      Frontend frontend, SubRequest asked, RequestTarget target, RequestHead head) {
    UpstreamSpec upstream = asked.upstream();
    if (upstream != null) {
      return new RouteAction.Forward(List.of(BackendRef.to(upstream)));
    }
    RouteTable routes = frontend.listeners().find(target.host());
    Route own = routes == null ? null : routes.match(target, head.method(), head.fields());
    return own == null ? null : own.action();
  }

  /** Whether the Service that is named does not exist. */
  private static boolean isNowhere(GatewayContext gateway, SubRequest asked) {
    UpstreamSpec spec = asked.upstream();
    Upstream upstream = spec == null ? null : gateway.upstreams().find(spec);
    return spec != null && (upstream == null || !upstream.hasService());
  }

  @Override
  void cancel() {
    Exchange current = exchange;
    if (!over && current != null) {
      over = true;
      current.cancel();
    }
  }

  private static SubResponse nobody() {
    return new SubResponse(0, new HttpFields());
  }

  private void finish(SubResponse with) {
    if (!over) {
      over = true;
      then.accept(with);
    }
  }

  private void finish() {
    SubResponse arrived = response;
    finish(arrived == null ? nobody() : arrived);
  }

  @Override
  void failed() {
    finish(nobody());
  }

  @Override
  public void resumeRequest() {
    // there is no body
  }

  @Override
  public void responseHead(ResponseHead head, boolean requestCompletes) {
    response = new SubResponse(head.status(), head.fields());
  }

  @Override
  public void responseBody(ByteBuf piece) {
    bodyBytes += piece.readableBytes();
    piece.release();
    Exchange current = exchange;
    if (bodyBytes > MAX_BODY && current != null && !over) {
      // The head is all that is wanted; a backend that does not end must not hold the client up.
      SubResponse arrived = response;
      over = true;
      current.cancel();
      then.accept(arrived == null ? nobody() : arrived);
    }
  }

  @Override
  public void responseEnd(@Nullable HttpFields trailers) {
    finish();
  }
}
