// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.EndpointLoad;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyProtocol;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.PortRoutes.Decision;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A proxied TCP connection: chooses the endpoint, connects to it, and tries another if that fails.
 * Nothing is read from the client before, so no byte is lost. Confined to the event loop of its
 * channels.
 */
final class TcpFlow {
  private static final System.Logger LOG = System.getLogger(TcpFlow.class.getName());
  private static final int MAX_RETRIES = 2;

  private final TcpFrontend frontend;
  private final ProxyContext context;
  private final Channel client;
  private final TcpRelay downstream;
  private final TcpRelay upstream;
  private final IpAddress clientAddress;
  private final List<Tried> tried = new ArrayList<>(0);
  private int attempts;
  private boolean watched;
  private @Nullable EndpointLoad load;

  /** An endpoint that this flow could not reach. */
  private record Tried(IpAddress address, int port) {}

  TcpFlow(TcpFrontend frontend, Channel client) {
    this.frontend = frontend;
    this.context = frontend.context;
    this.client = client;
    InetSocketAddress remote = (InetSocketAddress) client.remoteAddress();
    clientAddress = Addresses.ipAddress(remote);
    downstream = new TcpRelay(this, context.metrics().bytesUpstream);
    upstream = new TcpRelay(this, context.metrics().bytesDownstream);
    downstream.joinTo(upstream);
    upstream.joinTo(downstream);
  }

  /** The handler of the client's channel. */
  TcpRelay downstream() {
    return downstream;
  }

  void start() {
    context.metrics().tcpAccepted.increment();
    if (!frontend.load.addTcp()) {
      limited(frontend.load.tcpMessage());
      return;
    }
    if (!context.tcpFlows().add(this)) {
      frontend.load.removeTcp();
      limited("limit of open connections of the proxy is reached; more are reset");
      return;
    }
    client.closeFuture().addListener(_ -> onClosed());
    dial();
  }

  private void limited(String message) {
    context.metrics().tcpLimited.increment();
    frontend.load.report(context, message);
    refuse();
  }

  private void onClosed() {
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

  private void dial() {
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
    connect(candidates.address(index), candidates.port(index), mayRetry);
  }

  private boolean hasTried(IpAddress address, int port) {
    for (Tried endpoint : tried) {
      if (endpoint.port == port && endpoint.address.equals(address)) {
        return true;
      }
    }
    return false;
  }

  private void connect(IpAddress address, int port, boolean mayRetry) {
    Channel channel;
    try {
      channel = context.transport().newSocket();
    } catch (ChannelException e) {
      // No descriptors left; that is not the endpoint's fault.
      context.metrics().dialFailures.increment();
      refuse();
      return;
    }
    ChannelConfig config = channel.config();
    config.setAutoRead(false);
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    config.setWriteBufferWaterMark(TcpRelay.WATER_MARK);
    config.setConnectTimeoutMillis((int) context.options().connectTimeout().toMillis());
    client
        .eventLoop()
        .register(channel)
        .addListener(registered -> {
          if (registered.isSuccess()) {
            channel
                .connect(Addresses.socketAddress(address, port))
                .addListener(done -> onConnect(channel, address, port, mayRetry, done.cause()));
          } else {
            onConnect(channel, address, port, false, registered.cause());
          }
        });
  }

  private void onConnect(
      Channel channel, IpAddress address, int port, boolean mayRetry, @Nullable Throwable failure) {
    if (!client.isActive()) {
      channel.close();
    } else if (failure == null) {
      frontend.port.succeeded(address, port);
      channel.pipeline().addLast(upstream);
      sendHeader(channel);
      downstream.start();
      upstream.start();
    } else {
      channel.close();
      context.metrics().dialFailures.increment();
      LOG.log(
          System.Logger.Level.DEBUG,
          () ->
              "cannot reach endpoint " + address + ":" + port + " of " + frontend + ": " + failure);
      frontend.port.failed(clientAddress, address, port);
      if (mayRetry && attempts < MAX_RETRIES) {
        tried.add(new Tried(address, port));
        attempts++;
        context.metrics().dialRetries.increment();
        dial();
      } else {
        refuse();
      }
    }
  }

  private void sendHeader(Channel channel) {
    ProxyProtocol protocol = frontend.port.proxyProtocol();
    if (protocol != ProxyProtocol.NONE) {
      InetSocketAddress remote = (InetSocketAddress) client.remoteAddress();
      byte[] header =
          protocol.header(
              clientAddress,
              remote.getPort(),
              frontend.frontend.address(),
              frontend.frontend.port());
      channel.writeAndFlush(Unpooled.wrappedBuffer(header), channel.voidPromise());
    }
  }

  /** One side sends no more; from now on the flow must not be idle for long. */
  void onHalfClosed() {
    if (!watched && client.isActive()) {
      watched = true;
      watchIdle(downstream.passed() + upstream.passed());
    }
  }

  private void watchIdle(long passedBefore) {
    client
        .eventLoop()
        .schedule(
            () -> {
              long passed = downstream.passed() + upstream.passed();
              if (!client.isOpen()) {
                return;
              }
              if (passed == passedBefore) {
                context.metrics().tcpHalfClosedIdle.increment();
                downstream.reset();
                upstream.reset();
              } else {
                watchIdle(passed);
              }
            },
            context.options().limits().halfClosedIdle().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void refuse() {
    context.metrics().tcpRefused.increment();
    downstream.reset();
  }

  /** Closes the connection from any thread. */
  void closeLater() {
    client
        .eventLoop()
        .execute(() -> {
          downstream.close();
          upstream.close();
        });
  }
}
