// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests from within the process: the same handlers, no sockets and no TLS. Watches and logs run
 * on a virtual thread of their own and come through a bounded pipe, everything else runs in the
 * caller's thread. Thread-safe.
 */
public final class LocalTransport implements ApiTransport {
  private final ApiHandler handler;
  private final User user;
  private final Set<LocalExchange> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public LocalTransport(ApiHandler handler, User user) {
    this.handler = handler;
    this.user = user;
  }

  @Override
  public ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException {
    if (closed) {
      throw new IOException("transport is closed");
    }
    LocalExchange exchange = new LocalExchange(request, user, isStream(request));
    if (!exchange.streams()) {
      handler.handle(exchange);
      return exchange.response();
    }
    open.add(exchange);
    if (closed) {
      exchange.abort();
    }
    Thread.ofVirtual()
        .name("local " + request.pathAndQuery())
        .start(() -> {
          try {
            handler.handle(exchange);
            exchange.finish(null);
          } catch (IOException e) {
            exchange.finish(e);
          } finally {
            open.remove(exchange);
          }
        });
    return exchange.response();
  }

  private static boolean isStream(ApiRequest request) {
    String target = request.pathAndQuery();
    int query = target.indexOf('?');
    return request.method().equals("GET")
        && ((query >= 0 && target.indexOf("watch=", query) >= 0)
            || (query < 0 ? target : target.substring(0, query)).endsWith("/log"));
  }

  /** Ends the watches of this transport. */
  @Override
  public void close() {
    closed = true;
    open.forEach(LocalExchange::abort);
  }
}
