// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.Telemetry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;

/**
 * The gateway as the client of an exchange that a request of a real client brings with it: it is
 * always ready to read, begins by itself and opens no tunnels. Confined to the event loop of that
 * client.
 */
abstract class InnerClient implements Downstream {
  private final EventLoop loop;
  private final ByteBufAllocator allocator;

  InnerClient(Downstream original) {
    loop = original.eventLoop();
    allocator = original.allocator();
  }

  /**
   * The route of such an exchange, which is not told of as a request.
   *
   * @param timeout of the whole request
   * @param attemptTimeout of each attempt; 0 for none
   */
  static Route route(String name, RouteAction action, Duration timeout, Duration attemptTimeout) {
    RoutePolicy usual = RoutePolicy.DEFAULT;
    RoutePolicy policy =
        new RoutePolicy(
            timeout,
            attemptTimeout,
            usual.connectTimeout(),
            usual.sendTimeout(),
            usual.readTimeout(),
            -1,
            usual.retries());
    RouteMatch everything = RouteMatch.path("", PathType.PREFIX, "/");
    return new Route(name, everything, List.of(), action, policy, Telemetry.INTERNAL);
  }

  /** There is no response of a backend, or no more of it; the exchange is over. */
  abstract void failed();

  /** The exchange is of no use any more. */
  abstract void cancel();

  @Override
  public final EventLoop eventLoop() {
    return loop;
  }

  @Override
  public final ByteBufAllocator allocator() {
    return allocator;
  }

  @Override
  public final boolean isWritable() {
    return true;
  }

  @Override
  public final void begin(Exchange started) {
    throw new IllegalStateException("a request of our own begins by itself");
  }

  @Override
  public final void informational(ResponseHead head) {
    // the final one counts
  }

  @Override
  public final void flush() {
    // nothing is written
  }

  @Override
  public final void answer(int status, HttpFields fields, String body) {
    failed();
  }

  @Override
  public final void refuse(int status, String text) {
    failed();
  }

  @Override
  public final void abort() {
    failed();
  }

  @Override
  public final void startTunnel(ResponseHead head, String protocol) {
    cancel();
  }

  @Override
  public final void tunnelData(ByteBuf bytes) {
    bytes.release();
  }

  @Override
  public final void tunnelEnd() {
    cancel();
  }
}
