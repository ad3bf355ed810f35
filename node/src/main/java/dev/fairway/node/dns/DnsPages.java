// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pages {@code /health}, {@code /ready} and {@code /metrics}, each at an address of its own or
 * several at one. Requests are answered on virtual threads. Thread-safe.
 */
final class DnsPages implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  /** A page: where it is, its path, and what it answers at the moment. */
  record Page(InetSocketAddress address, String path, Supplier<Answer> answer) {}

  /** What a page answers. */
  record Answer(int status, String type, String body) {
    static Answer ok(String body) {
      return new Answer(200, TEXT, body);
    }

    static Answer unavailable(String body) {
      return new Answer(503, TEXT, body);
    }

    static Answer metrics(String body) {
      return new Answer(200, METRICS, body);
    }
  }

  private static final Answer NOT_FOUND = new Answer(404, TEXT, "404 page not found\n");
  private static final Answer NOT_ALLOWED = new Answer(405, TEXT, "405 only GET and HEAD\n");

  private final Map<InetSocketAddress, HttpServer> servers = new LinkedHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private DnsPages() {}

  /**
   * Opens the servers.
   *
   * @throws IOException if an address cannot be listened on; nothing stays open then
   */
  static DnsPages open(List<Page> pages) throws IOException {
    DnsPages opened = new DnsPages();
    Map<InetSocketAddress, List<Page>> byAddress = new LinkedHashMap<>();
    for (Page page : pages) {
      byAddress.computeIfAbsent(page.address(), _ -> new ArrayList<>()).add(page);
    }
    for (Map.Entry<InetSocketAddress, List<Page>> entry : byAddress.entrySet()) {
      try {
        opened.open(entry.getKey(), entry.getValue());
      } catch (IOException e) {
        opened.close();
        String path = entry.getValue().getFirst().path();
        throw new IOException("cannot serve " + path + " on " + entry.getKey(), e);
      }
    }
    return opened;
  }

  private void open(InetSocketAddress address, List<Page> pages) throws IOException {
    Map<String, Page> byPath = new LinkedHashMap<>();
    pages.forEach(page -> byPath.put(page.path(), page));
    HttpServer server = HttpServer.create(address, BACKLOG);
    servers.put(address, server);
    server.setExecutor(threads);
    server.createContext("/", exchange -> respond(exchange, byPath));
    server.start();
  }

  /** The real address of a page that was to be at {@code asked}; null if there is none. */
  @Nullable InetSocketAddress address(@Nullable InetSocketAddress asked) {
    HttpServer server = asked == null ? null : servers.get(asked);
    return server == null ? null : server.getAddress();
  }

  private static void respond(HttpExchange exchange, Map<String, Page> pages) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      boolean head = method.equals("HEAD");
      Page page = pages.get(String.valueOf(exchange.getRequestURI().getPath()));
      Answer answer =
          !head && !method.equals("GET")
              ? NOT_ALLOWED
              : page == null ? NOT_FOUND : page.answer().get();
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      if (head) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      }
      exchange.sendResponseHeaders(answer.status(), head || body.length == 0 ? -1 : body.length);
      if (!head && body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    servers.values().forEach(server -> server.stop(0));
    threads.shutdownNow();
  }
}
