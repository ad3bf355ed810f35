// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Opens small HTTP servers. */
public interface HttpListening {

  /**
   * Answers all methods on an address until closed.
   *
   * @throws IOException if the address cannot be bound
   */
  Listener open(InetSocketAddress address, Answer.Responder responder) throws IOException;

  /** An open server. */
  interface Listener extends AutoCloseable {
    /** Where it really is. */
    InetSocketAddress address();

    @Override
    void close();
  }

  /** Servers of the JDK, each request on a virtual thread of its own. */
  static HttpListening jdk() {
    return JdkListener::open;
  }

  /** A server of the JDK. */
  record JdkListener(HttpServer server, ExecutorService threads) implements Listener {
    private static final int BACKLOG = 64;

    static Listener open(InetSocketAddress address, Answer.Responder responder) throws IOException {
      HttpServer server = HttpServer.create(address, BACKLOG);
      ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
      server.setExecutor(threads);
      server.createContext("/", exchange -> respond(exchange, responder));
      server.start();
      return new JdkListener(server, threads);
    }

    private static void respond(HttpExchange exchange, Answer.Responder responder)
        throws IOException {
      try (exchange) {
        Answer answer = responder.answer(requestOf(exchange));
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
          exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        }
        exchange.sendResponseHeaders(answer.status(), head || body.length == 0 ? -1 : body.length);
        if (!head && body.length > 0) {
          exchange.getResponseBody().write(body);
        }
      }
    }

    private static Answer.Request requestOf(HttpExchange exchange) {
      String path = exchange.getRequestURI().getPath();
      String query = exchange.getRequestURI().getQuery();
      String method = exchange.getRequestMethod();
      String accept = exchange.getRequestHeaders().getFirst("Accept");
      return new Answer.Request(
          method,
          path == null ? "" : path,
          query == null ? "" : query,
          accept == null ? "" : accept);
    }

    @Override
    public InetSocketAddress address() {
      return server.getAddress();
    }

    @Override
    public void close() {
      server.stop(0);
      threads.shutdownNow();
    }
  }
}
