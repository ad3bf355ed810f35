// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.filter.Client;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.upstream.Upstream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of a request whose head has arrived. */
final class RequestDispatcher {
  private static final String WEBSOCKET = "websocket";
  private static final String ACME_CHALLENGE = "/.well-known/acme-challenge/";

  private final GatewayContext gateway;
  private final Client client;
  private final DownstreamConnection connection;
  private int turn;

  RequestDispatcher(GatewayContext gateway, Client client, DownstreamConnection connection) {
    this.gateway = gateway;
    this.client = client;
    this.connection = connection;
  }

  void dispatch(RequestHead head) {
    if (head.method().equals("CONNECT") || head.method().equals("TRACE")) {
      connection.answerAndClose(405, "CONNECT and TRACE are not served");
      return;
    }
    RequestTarget target = RequestTarget.parse(head.target(), head.fields().get(Field.HOST));
    if (target == null) {
      connection.answerAndClose(400, "malformed request target or Host");
      return;
    }
    String expect = head.fields().get(Field.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      connection.answerAndClose(417, "unknown expectation");
      return;
    }
    Route route = gateway.routes().match(target.host(), target.path());
    if (route == null) {
      connection.answer(404, "no route for this host and path");
      return;
    }
    if (!redirected(route, target)) {
      act(route.action(), head, target);
    }
  }

  private boolean redirected(Route route, RequestTarget target) {
    for (RouteFilter filter : route.filters()) {
      switch (filter) {
        case RouteFilter.HttpsRedirect redirect -> {
          if (!client.tls()
              && !target.host().isEmpty()
              && !target.path().startsWith(ACME_CHALLENGE)) {
            redirect(redirect.status(), target);
            return true;
          }
        }
      }
    }
    return false;
  }

  private void redirect(int status, RequestTarget target) {
    int port = gateway.redirectPort();
    String authority = port == 443 ? target.host() : target.host() + ":" + port;
    String text = "redirected to HTTPS";
    HttpFields fields = gateway.responseFields().own(text.length() + 5);
    fields.add(Field.LOCATION, "https://" + authority + target.pathAndQuery());
    connection.answer(status, text, fields);
  }

  private void act(RouteAction action, RequestHead head, RequestTarget target) {
    switch (action) {
      case RouteAction.Respond respond -> connection.answer(respond.status(), respond.reason());
      case RouteAction.Forward forward -> forward(forward, head, target);
    }
  }

  private void forward(RouteAction.Forward forward, RequestHead head, RequestTarget target) {
    BackendRef backend = choose(forward.backends());
    Upstream upstream = backend == null ? null : gateway.upstreams().find(backend.port());
    if (upstream == null) {
      connection.answer(503, "the route has no backend");
      return;
    }
    String upgrade = head.asksUpgradeTo(WEBSOCKET) ? WEBSOCKET : "";
    gateway.requestFields().prepare(head.fields(), target, client, upgrade);
    connection.begin(
        new Exchange(gateway, connection, head, target.pathAndQuery(), upstream, upgrade));
  }

  /** Smooth enough for many connections: each starts at a turn of its own. */
  private @Nullable BackendRef choose(List<BackendRef> backends) {
    if (backends.size() == 1) {
      return backends.getFirst();
    }
    int total = 0;
    for (BackendRef backend : backends) {
      total += backend.weight();
    }
    if (total == 0) {
      return null;
    }
    int point = Math.floorMod((turn++ + System.identityHashCode(this)) * 0x9E3779B1, total);
    for (BackendRef backend : backends) {
      point -= backend.weight();
      if (point < 0) {
        return backend;
      }
    }
    return null;
  }
}
