// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.UnroutedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.trace.RequestTrace;
import dev.fairway.ingress.trace.Tracer;
import org.jspecify.annotations.Nullable;

/** Finds the route of a request whose head has arrived, whatever protocol brought it. */
final class RequestDispatcher {
  private final GatewayContext gateway;
  private final Frontend frontend;
  private final Client client;

  RequestDispatcher(GatewayContext gateway, Frontend frontend, Client client) {
    this.gateway = gateway;
    this.frontend = frontend;
    this.client = client;
  }

  /** Begins an exchange on the client's side, or answers. */
  void dispatch(RequestHead head, Downstream downstream) {
    if (head.method().equals("CONNECT") || head.method().equals("TRACE")) {
      refused(head, null, 405, Why.MALFORMED);
      downstream.refuse(405, "CONNECT and TRACE are not served");
      return;
    }
    RequestTarget target = RequestTarget.parse(head.target(), head.fields().get(Field.HOST));
    if (target == null) {
      refused(head, null, 400, Why.MALFORMED);
      downstream.refuse(400, "malformed request target or Host");
      return;
    }
    if (gateway.memory().shedsRequests()) {
      refused(head, target, 503, Why.NO_MEMORY);
      answer(downstream, 503, "the gateway is short of memory");
      return;
    }
    String expect = head.fields().get(Field.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      refused(head, target, 417, Why.MALFORMED);
      downstream.refuse(417, "unknown expectation");
      return;
    }
    if (isMisdirected(target.host())) {
      refused(head, target, 421, Why.MISDIRECTED);
      answer(downstream, 421, "this connection is not for this host");
      return;
    }
    RouteTable routes = frontend.listeners().find(target.host());
    Route route = routes == null ? null : routes.match(target, head.method(), head.fields());
    if (route == null) {
      refused(head, target, 404, Why.NO_ROUTE);
      answer(downstream, 404, "no route for this host and path");
      return;
    }
    downstream.begin(new Exchange(gateway, frontend, downstream, client, head, target, route));
  }

  /** Tells of a request that was refused while it was read. */
  void refused(int status) {
    gateway.observer().served(UnroutedRequest.refused(client, status));
  }

  /** Whether the TLS of the connection was agreed on for hosts of another policy. */
  private boolean isMisdirected(String host) {
    TlsSession session = client.session();
    ServerTls tls = frontend.tls();
    return session != null && tls != null && tls.misdirects(session.serverName(), host);
  }

  private void refused(RequestHead head, @Nullable RequestTarget target, int status, Why why) {
    Tracer tracer = gateway.tracer();
    RequestTrace trace =
        tracer == null
            ? null
            : tracer.begin(head.fields(), Telemetry.DEFAULT, client, System.nanoTime());
    gateway.observer().served(new UnroutedRequest(client, head, target, status, why, trace));
  }

  private void answer(Downstream downstream, int status, String text) {
    String body = status + " " + text + "\n";
    downstream.answer(status, gateway.responseFields().own(body.length()), body);
  }
}
