// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamPolicy.HealthCheck;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the endpoints of the upstreams that want it whether they are healthy, each on a connection
 * of its own. An endpoint is healthy until its probes fail. Confined to one event loop.
 */
public final class HealthChecker {
  private static final long TICK_MILLIS = 250;

  private final UpstreamRegistry upstreams;
  private final UpstreamPools pools;
  private final EventLoop loop;
  private final Map<Endpoint, Health> known = new IdentityHashMap<>();

  /** What the probes of an endpoint showed. */
  private static final class Health {
    private boolean healthy = true;
    private boolean asking;
    private int inARow;
    private long dueNanos;
  }

  public HealthChecker(UpstreamRegistry upstreams, UpstreamPools pools, EventLoop loop) {
    this.upstreams = upstreams;
    this.pools = pools;
    this.loop = loop;
  }

  /** Probes from now on, until the event loop ends. */
  public void start() {
    loop.scheduleWithFixedDelay(this::probeDue, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void probeDue() {
    known.keySet().removeIf(Endpoint::isRetired);
    long now = loop.ticker().nanoTime();
    for (Upstream upstream : upstreams.checked()) {
      HealthCheck check = upstream.spec().policy().healthCheck();
      EndpointGroup group = upstream.group();
      for (int i = 0; check != null && i < group.size(); i++) {
        Endpoint endpoint = group.get(i);
        Health health = known.computeIfAbsent(endpoint, _ -> newHealth(now));
        if (!health.asking && now - health.dueNanos >= 0) {
          health.asking = true;
          health.dueNanos = now + check.interval().toNanos();
          new Probe(upstream, check, endpoint, health).start();
        }
      }
    }
  }

  private static Health newHealth(long now) {
    Health health = new Health();
    health.dueNanos = now;
    return health;
  }

  /** One question. */
  private final class Probe implements UpstreamListener {
    private final Upstream upstream;
    private final HealthCheck check;
    private final Endpoint endpoint;
    private final Health health;
    private final RoutePolicy policy;
    private final Deadline deadline = new Deadline(loop, () -> finished(false));
    private @Nullable UpstreamConnection connection;
    private boolean done;

    Probe(Upstream upstream, HealthCheck check, Endpoint endpoint, Health health) {
      this.upstream = upstream;
      this.check = check;
      this.endpoint = endpoint;
      this.health = health;
      Duration timeout = check.timeout();
      policy =
          new RoutePolicy(
              Duration.ZERO, Duration.ZERO, timeout, timeout, timeout, -1, RetryPolicy.DEFAULT);
    }

    void start() {
      deadline.set(check.timeout().toNanos());
      connection = pools.acquire(loop, upstream.spec(), endpoint, false, this);
    }

    private void finished(boolean good) {
      if (done) {
        return;
      }
      done = true;
      deadline.cancel();
      UpstreamConnection current = connection;
      if (current != null) {
        current.close();
      }
      health.asking = false;
      health.inARow = good == health.healthy ? 0 : health.inARow + 1;
      if (health.inARow >= (good ? check.healthyAfter() : check.unhealthyAfter())) {
        health.healthy = good;
        health.inARow = 0;
        upstream.probed(endpoint, good, loop.ticker().nanoTime());
      }
    }

    @Override
    public RoutePolicy policy() {
      return policy;
    }

    @Override
    public void connected(UpstreamConnection ready) {
      connection = ready;
      HttpFields fields = new HttpFields();
      fields.add(Field.HOST, check.host().isEmpty() ? endpoint.toString() : check.host());
      fields.add("User-Agent", "fairway-health-check");
      ready.writeHead(new RequestHead("GET", check.path(), 1, fields, 0), check.path());
      ready.endRequest(null);
      ready.flush();
    }

    @Override
    public void upstreamFailed(UpstreamConnection failed, Failure failure) {
      finished(false);
    }

    @Override
    public boolean wantsResponse() {
      return true;
    }

    @Override
    public void responseHead(ResponseHead head) {
      if (!head.isInformational()) {
        finished(head.status() < 400);
      }
    }

    @Override
    public void responseBody(ByteBuf piece) {
      piece.release();
    }

    @Override
    public void responseEnd(@Nullable HttpFields trailers) {
      finished(false);
    }

    @Override
    public void responseFlush() {}

    @Override
    public void upstreamWritable() {}

    @Override
    public void tunnelData(ByteBuf bytes) {
      bytes.release();
    }

    @Override
    public void tunnelEnd() {}
  }
}
