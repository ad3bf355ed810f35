// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.EndpointLoad;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyProtocol;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.PortRoutes.Decision;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxied TCP connection: chooses the endpoint, connects to it, and tries another if that fails.
 * Nothing is passed on before, so no byte is lost. How bytes move is the matter of the subclasses:
 * {@link EpollFlow} where epoll is, {@link NettyFlow} elsewhere. Confined to the event loop of its
 * sockets.
 */
abstract class TcpFlow {
  private static final System.Logger LOG = System.getLogger(TcpFlow.class.getName());
  private static final int MAX_RETRIES = 2;

  final TcpFrontend frontend;
  final ProxyContext context;
  private final IpAddress clientAddress;
  private final int clientPort;
  private int attempts;
  private boolean counted;
  private boolean keepsClient;
  private @Nullable EndpointLoad load;
  private @Nullable List<Tried> tried;

  /** An endpoint that this flow could not reach. */
  private record Tried(IpAddress address, int port) {}

  TcpFlow(TcpFrontend frontend, IpAddress clientAddress, int clientPort) {
    this.frontend = frontend;
    this.context = frontend.context;
    this.clientAddress = clientAddress;
    this.clientPort = clientPort;
  }

  /**
   * Opens a socket to the endpoint; {@link #onConnected} or {@link #onDialFailure} comes of it.
   *
   * @param mayRetry to be handed to {@link #onDialFailure}
   */
  abstract void connect(IpAddress address, int port, boolean mayRetry);

  /** Closes the client's side with a RST. */
  abstract void resetClient();

  /** Closes the connection from any thread. */
  abstract void closeLater();

  /** The address that the endpoint is to see as its client's, null for one of this machine. */
  final @Nullable InetSocketAddress source() {
    return keepsClient ? Addresses.socketAddress(clientAddress, clientPort) : null;
  }

  /** The client's connection was accepted; false if a limit ended the flow at once. */
  final boolean start() {
    context.metrics().tcpAccepted.increment();
    if (!frontend.load.addTcp()) {
      limited(frontend.load.tcpMessage());
      return false;
    }
    if (!context.tcpFlows().add(this)) {
      frontend.load.removeTcp();
      limited("limit of open connections of the proxy is reached; more are reset");
      return false;
    }
    counted = true;
    return true;
  }

  private void limited(String message) {
    context.metrics().tcpLimited.increment();
    frontend.load.report(context, message);
    refuse();
  }

  /** The client's side is closed. */
  final void onClosed() {
    if (!counted) {
      return;
    }
    counted = false;
    context.tcpFlows().remove(this);
    frontend.load.removeTcp();
    count(null);
  }

  /** Counts the flow to the load of an endpoint instead of that of the last one. */
  private void count(@Nullable EndpointLoad of) {
    if (load != null) {
      load.end();
    }
    load = of;
    if (of != null) {
      of.begin();
    }
  }

  final void dial() {
    PortRoutes routes = frontend.port.routes(frontend.frontend.address().family());
    boolean inCluster = context.isInCluster(clientAddress);
    if (!routes.admits(
            frontend.kind, clientAddress, frontend.frontend.address(), context.nodeAddresses())
        || routes.decide(frontend.kind, inCluster) != Decision.FORWARD) {
      refuse();
      return;
    }
    EndpointSet candidates = routes.candidates(frontend.kind, inCluster);
    int pick =
        attempts == 0
            ? frontend.port.pick(routes, candidates, clientAddress, context.random())
            : frontend.port.pickOther(
                routes,
                candidates,
                clientAddress,
                context.random(),
                i -> hasTried(candidates.address(i), candidates.port(i)));
    int index = pick & ~PortState.STICKY;
    count(frontend.port.load(candidates, index));
    boolean mayRetry = (pick & PortState.STICKY) == 0 || attempts > 0;
    IpAddress address = candidates.address(index);
    keepsClient =
        context.keepsClient(
            clientAddress, address, routes.isExternalLocal(frontend.kind, inCluster));
    connect(address, candidates.port(index), mayRetry);
  }

  private boolean hasTried(IpAddress address, int port) {
    if (tried != null) {
      for (Tried endpoint : tried) {
        if (endpoint.port == port && endpoint.address.equals(address)) {
          return true;
        }
      }
    }
    return false;
  }

  final void onConnected(IpAddress address, int port) {
    frontend.port.succeeded(address, port);
  }

  final void onDialFailure(IpAddress address, int port, boolean mayRetry, Object failure) {
    context.metrics().dialFailures.increment();
    LOG.log(
        System.Logger.Level.DEBUG,
        () -> "cannot reach endpoint " + address + ":" + port + " of " + frontend + ": " + failure);
    frontend.port.failed(clientAddress, address, port);
    if (mayRetry && attempts < MAX_RETRIES) {
      if (tried == null) {
        tried = new ArrayList<>(MAX_RETRIES);
      }
      tried.add(new Tried(address, port));
      attempts++;
      context.metrics().dialRetries.increment();
      dial();
    } else {
      refuse();
    }
  }

  /** No descriptors left to reach an endpoint; that is not the endpoint's fault. */
  final void onExhaustion() {
    context.metrics().dialFailures.increment();
    refuse();
  }

  /** What the endpoint is to be sent before anything else; null for nothing. */
  final byte @Nullable [] header() {
    ProxyProtocol protocol = frontend.port.proxyProtocol();
    return protocol == ProxyProtocol.NONE
        ? null
        : protocol.header(
            clientAddress, clientPort, frontend.frontend.address(), frontend.frontend.port());
  }

  private void refuse() {
    context.metrics().tcpRefused.increment();
    resetClient();
  }
}
