// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.UpstreamSpec;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** One pool of connections per event loop. Thread-safe. */
public final class UpstreamPools {
  private final Map<EventLoop, LoopPool> pools = new IdentityHashMap<>();
  private final ClientTls tls = new ClientTls();

  public UpstreamPools(EventLoopGroup loops, Transport transport, UpstreamOptions options) {
    for (EventExecutor executor : loops) {
      EventLoop loop = (EventLoop) executor;
      pools.put(loop, new LoopPool(loop, transport, options, tls));
    }
  }

  /**
   * Hands a connection to the listener, now or once it is open. Call on the given event loop.
   *
   * @param spec how the endpoint is talked to
   * @param reuse whether a connection that is open already will do
   * @return the connection, with which a waiting listener can give up
   */
  public UpstreamConnection acquire(
      EventLoop loop,
      UpstreamSpec spec,
      Endpoint endpoint,
      boolean reuse,
      UpstreamListener listener) {
    LoopPool pool = pools.get(loop);
    if (pool == null) {
      throw new IllegalArgumentException("event loop of another gateway: " + loop);
    }
    return pool.acquire(spec, endpoint, reuse, listener);
  }

  /** Closes the idle connections to endpoints that take no new requests. */
  public void evict(List<Endpoint> endpoints) {
    for (LoopPool pool : pools.values()) {
      if (!pool.loop().isShuttingDown()) {
        pool.loop().execute(() -> pool.evict(endpoints));
      }
    }
  }

  /** Closes every idle connection. */
  public void evictAll() {
    for (LoopPool pool : pools.values()) {
      if (!pool.loop().isShuttingDown()) {
        pool.loop().execute(pool::evictAll);
      }
    }
  }
}
