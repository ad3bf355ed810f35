// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.channel.Channel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The connections that are open, counted against their limits. Thread-safe. */
final class OpenConnections {
  private final ConnectionLimits limits;
  private final GatewayCounters counters;

  /** Only where there is a limit; as large as the number of open connections at most. */
  private final Map<String, Integer> clients = new ConcurrentHashMap<>();

  OpenConnections(ConnectionLimits limits, GatewayCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Counts a connection until it is closed; false, and not counted, where it is one too many. */
  boolean admit(Channel connection, Frontend frontend) {
    AtomicInteger all = counters.connections;
    AtomicInteger ofListener = frontend.connections();
    boolean fits = all.incrementAndGet() <= limits.all();
    if (ofListener.incrementAndGet() <= limits.perListener() && fits) {
      connection
          .closeFuture()
          .addListener(_ -> {
            all.decrementAndGet();
            ofListener.decrementAndGet();
          });
      return true;
    }
    all.decrementAndGet();
    ofListener.decrementAndGet();
    counters.connectionsRefused.increment();
    return false;
  }

  /** The same for the connections of one client, once it is known who that is. */
  boolean admit(Channel connection, String client) {
    int limit = limits.perClient();
    if (limit == 0) {
      return true;
    }
    boolean fits = clients.merge(client, 1, Integer::sum) <= limit;
    if (!fits) {
      counters.connectionsRefused.increment();
      leave(client);
      return false;
    }
    connection.closeFuture().addListener(_ -> leave(client));
    return true;
  }

  /** Whether so many are open that clients of HTTP/3 must show that their address is theirs. */
  boolean areMany() {
    return counters.connections.get() > limits.all() / 2;
  }

  private void leave(String client) {
    clients.computeIfPresent(client, (_, open) -> open == 1 ? null : open - 1);
  }
}
