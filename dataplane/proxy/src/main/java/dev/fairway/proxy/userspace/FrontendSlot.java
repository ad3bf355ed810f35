// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.PortRoutes.Decision;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One address that is answered: its listening socket follows what is wanted of it. Open while
 * clients may get through, deaf while they must hear nothing, closed while they are to be refused
 * (a socket that accepts and resets would let them connect first). A failed bind is reported and
 * tried again with growing pauses. Confined to its event loop.
 */
abstract class FrontendSlot {
  private static final System.Logger LOG = System.getLogger(FrontendSlot.class.getName());
  private static final long MAX_BACKOFF_SECONDS = 60;

  final ProxyContext context;
  final Frontend frontend;
  final FrontendKind kind;
  final PortState port;
  final EventLoop loop;
  final ServiceLoad load;

  private @Nullable Channel channel;
  private Decision wanted = Decision.REJECT;
  private @Nullable Future<?> retry;
  private long backoffSeconds;
  private boolean reported;
  private boolean binding;

  FrontendSlot(ProxyContext context, Frontend frontend, FrontendKind kind, PortState port) {
    this.context = context;
    this.frontend = frontend;
    this.kind = kind;
    this.port = port;
    this.loop = context.loopOf(frontend);
    this.load = context.loadOf(port.name().service());
  }

  /** Opens a socket bound to the address; the future may fail. */
  abstract ChannelFuture bind(InetSocketAddress address, boolean deaf);

  /** The routes of the port changed. */
  abstract void onRoutes();

  /** The socket was closed. */
  abstract void onClosed();

  /** Makes an open socket deaf, or hear again. */
  abstract void setDeaf(Channel open, boolean deaf);

  final @Nullable Channel channel() {
    return channel;
  }

  /** The port's routes changed, or the slot is new. */
  final void refresh() {
    apply(port.decide(kind, frontend.address().family()));
    onRoutes();
  }

  /** The address is not to be answered any more. */
  final void remove() {
    apply(Decision.REJECT);
  }

  private void apply(Decision decision) {
    wanted = decision;
    Channel open = channel;
    if (decision == Decision.REJECT) {
      cancelRetry();
      if (open != null) {
        channel = null;
        context.metrics().frontends.decrementAndGet();
        open.close();
        onClosed();
      }
    } else if (open == null) {
      if (retry == null && !binding) {
        bindNow();
      }
    } else {
      setDeaf(open, decision == Decision.DROP);
    }
  }

  private void bindNow() {
    retry = null;
    binding = true;
    ChannelFuture bound = bind(socketAddress(), wanted == Decision.DROP);
    if (bound.isDone()) {
      onBind(bound);
    } else {
      bound.addListener(done -> onBind(bound));
    }
  }

  private void onBind(ChannelFuture bound) {
    binding = false;
    if (!bound.isSuccess()) {
      onBindFailure(bound.cause());
    } else if (wanted == Decision.REJECT) {
      bound.channel().close();
    } else {
      channel = bound.channel();
      if (context.isShared()) {
        context.transport().takeOver(bound.channel().config());
      }
      setDeaf(bound.channel(), wanted == Decision.DROP);
      backoffSeconds = 0;
      reported = false;
      context.metrics().frontends.incrementAndGet();
    }
  }

  private void onBindFailure(Throwable cause) {
    context.metrics().bindFailures.increment();
    if (!reported) {
      reported = true;
      BindFailure failure = BindFailure.of(frontend, cause);
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} service={1} frontend={2}",
          failure.message(),
          port.name(),
          frontend);
      report(failure.reason(), failure.message());
    }
    if (wanted != Decision.REJECT && !loop.isShuttingDown()) {
      backoffSeconds = Math.min(MAX_BACKOFF_SECONDS, Math.max(1, 2 * backoffSeconds));
      retry = loop.schedule(this::bindNow, backoffSeconds, TimeUnit.SECONDS);
    }
  }

  private void report(String reason, String message) {
    ProxyEvents events = context.events();
    events.warning(port.name().service(), reason, message);
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel(false);
      retry = null;
    }
    backoffSeconds = 0;
    reported = false;
  }

  private InetSocketAddress socketAddress() {
    return Addresses.socketAddress(frontend.address(), frontend.port());
  }

  @Override
  public final String toString() {
    return frontend + " of " + port.name();
  }
}
