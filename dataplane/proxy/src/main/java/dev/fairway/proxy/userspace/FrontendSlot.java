// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.PortRoutes.Decision;
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

  private @Nullable Listening listening;
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

  /**
   * Opens what answers the address; then {@link #onBound} or {@link #onBindFailure} is to be called
   * on the event loop, now or later.
   */
  abstract void bind(InetSocketAddress address, boolean deaf);

  /** The routes of the port changed. */
  abstract void onRoutes();

  /** The socket was closed. */
  abstract void onClosed();

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
    Listening open = listening;
    if (decision == Decision.REJECT) {
      cancelRetry();
      if (open != null) {
        listening = null;
        context.metrics().frontends.decrementAndGet();
        open.close();
        onClosed();
      }
    } else if (open == null) {
      if (retry == null && !binding) {
        bindNow();
      }
    } else {
      open.setDeaf(decision == Decision.DROP);
    }
  }

  private void bindNow() {
    retry = null;
    binding = true;
    bind(socketAddress(), wanted == Decision.DROP);
  }

  final void onBound(Listening open) {
    binding = false;
    if (wanted == Decision.REJECT) {
      open.close();
      return;
    }
    listening = open;
    if (context.isShared()) {
      open.takeOver();
    }
    open.setDeaf(wanted == Decision.DROP);
    backoffSeconds = 0;
    reported = false;
    context.metrics().frontends.incrementAndGet();
  }

  final void onBindFailure(Throwable cause) {
    binding = false;
    reportBindFailure(cause);
    if (wanted != Decision.REJECT && !loop.isShuttingDown()) {
      backoffSeconds = Math.min(MAX_BACKOFF_SECONDS, Math.max(1, 2 * backoffSeconds));
      retry = loop.schedule(this::bindNow, backoffSeconds, TimeUnit.SECONDS);
    }
  }

  /** Counts it, and tells the owner of the Service once. */
  final void reportBindFailure(Throwable cause) {
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

  final InetSocketAddress socketAddress() {
    return Addresses.socketAddress(frontend.address(), frontend.port());
  }

  @Override
  public final String toString() {
    return frontend + " of " + port.name();
  }
}
