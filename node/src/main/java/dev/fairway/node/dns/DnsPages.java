// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.proxy.health.Answer;
import dev.fairway.proxy.health.HttpListening;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pages {@code /health}, {@code /ready} and {@code /metrics}, each at an address of its own or
 * several at one. Thread-safe.
 */
final class DnsPages implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  /** A page: where it is, its path, and what it answers at the moment. */
  record Page(InetSocketAddress address, String path, Supplier<Answer> answer) {}

  static Answer ok(String body) {
    return text(200, body);
  }

  static Answer unavailable(String body) {
    return text(503, body);
  }

  static Answer metrics(String body) {
    return new Answer(200, METRICS, Map.of(), body);
  }

  private static Answer text(int status, String body) {
    return new Answer(status, TEXT, Map.of(), body);
  }

  private static final Answer NOT_FOUND = text(404, "404 page not found\n");
  private static final Answer NOT_ALLOWED = text(405, "405 only GET and HEAD\n");

  private final Map<InetSocketAddress, HttpListening.Listener> servers = new LinkedHashMap<>();

  private DnsPages() {}

  /**
   * Opens the servers.
   *
   * @throws IOException if an address cannot be listened on; nothing stays open then
   */
  static DnsPages open(List<Page> pages) throws IOException {
    DnsPages opened = new DnsPages();
    Map<InetSocketAddress, Map<String, Page>> byAddress = new LinkedHashMap<>();
    for (Page page : pages) {
      byAddress.computeIfAbsent(page.address(), _ -> new LinkedHashMap<>()).put(page.path(), page);
    }
    for (Map.Entry<InetSocketAddress, Map<String, Page>> entry : byAddress.entrySet()) {
      InetSocketAddress address = entry.getKey();
      Map<String, Page> byPath = entry.getValue();
      try {
        opened.servers.put(
            address, HttpListening.jdk().open(address, request -> answer(request, byPath)));
      } catch (IOException e) {
        opened.close();
        String path = byPath.keySet().iterator().next();
        throw new IOException("cannot serve " + path + " on " + address, e);
      }
    }
    return opened;
  }

  private static Answer answer(Answer.Request request, Map<String, Page> pages) {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return NOT_ALLOWED;
    }
    Page page = pages.get(request.path());
    return page == null ? NOT_FOUND : page.answer().get();
  }

  /** The real address of a page that was to be at {@code asked}; null if there is none. */
  @Nullable InetSocketAddress address(@Nullable InetSocketAddress asked) {
    HttpListening.Listener server = asked == null ? null : servers.get(asked);
    return server == null ? null : server.address();
  }

  @Override
  public void close() {
    servers.values().forEach(HttpListening.Listener::close);
  }
}
