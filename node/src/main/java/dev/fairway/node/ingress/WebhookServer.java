// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.fairway.ingress.translate.admission.AdmissionReview;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Answers the reviews of the API server over HTTPS, whatever the path. Requests are bounded in size
 * and in number at a time. Thread-safe.
 */
final class WebhookServer implements AutoCloseable {
  /** As much as an object of the API server can be, with its envelope. */
  static final int MAX_BODY = 9 << 20;

  private static final int MAX_AT_A_TIME = 8;
  private static final int BACKLOG = 64;

  private final HttpsServer server;
  private final AdmissionReview review;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

  private WebhookServer(HttpsServer server, AdmissionReview review) {
    this.server = server;
    this.review = review;
  }

  /**
   * Opens the server.
   *
   * @throws IOException where the address cannot be listened on
   */
  static WebhookServer open(
      InetSocketAddress address, FileIdentity identity, AdmissionReview review) throws IOException {
    HttpsServer https = HttpsServer.create(address, BACKLOG);
    https.setHttpsConfigurator(new HttpsConfigurator(identity.context()));
    WebhookServer opened = new WebhookServer(https, review);
    https.setExecutor(opened.threads);
    https.createContext("/", opened::handle);
    https.start();
    return opened;
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("POST")) {
        send(exchange, 405, "405 only POST\n".getBytes(StandardCharsets.US_ASCII));
        return;
      }
      places.acquire();
      try {
        review(exchange);
      } finally {
        places.release();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void review(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      send(exchange, 413, "413 the review is too large\n".getBytes(StandardCharsets.US_ASCII));
      return;
    }
    byte[] answer;
    try {
      answer = review.answer(body);
    } catch (IllegalArgumentException noReview) {
      String text = "400 " + noReview.getMessage() + "\n";
      send(exchange, 400, text.getBytes(StandardCharsets.UTF_8));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, 200, answer);
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
