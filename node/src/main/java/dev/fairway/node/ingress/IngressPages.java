// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.ingress.IngressGateway;
import dev.fairway.proxy.health.Answer;
import dev.fairway.proxy.health.ProcessMetricsText;
import java.util.Map;

/**
 * The pages of the health port: {@code /livez} while the process lives, {@code /healthz} until it
 * is asked to end, {@code /readyz} while it serves, {@code /metrics}.
 */
final class IngressPages implements Answer.Responder {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final IngressGateway gateway;
  private volatile boolean ending;

  IngressPages(IngressGateway gateway) {
    this.gateway = gateway;
  }

  /** From now on no new clients are wanted. */
  void ending() {
    ending = true;
  }

  @Override
  public Answer answer(Answer.Request request) {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return text(405, "405 only GET and HEAD\n");
    }
    return switch (request.path()) {
      case "/livez" -> text(200, "ok");
      case "/healthz" -> ending ? text(500, "the gateway is about to end\n") : text(200, "ok");
      case "/readyz" -> ready();
      case "/metrics" ->
          new Answer(200, METRICS, Map.of(), gateway.metrics() + ProcessMetricsText.render());
      default -> text(404, "404 page not found\n");
    };
  }

  private Answer ready() {
    if (ending) {
      return text(503, "the gateway is about to end\n");
    }
    return gateway.isReady() ? text(200, "ok") : text(503, "no objects were compiled yet\n");
  }

  private static Answer text(int status, String body) {
    return new Answer(status, TEXT, Map.of(), body);
  }
}
