// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.PortRoutes.Decision;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A UDP address of a service port and its flows. Answers leave from the address itself. */
final class UdpFrontend extends FrontendSlot {
  /** By client, the one unused longest first. */
  private final Map<InetSocketAddress, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);

  private @Nullable Channel channel;
  private boolean opening;
  private @Nullable Future<?> sweeper;

  UdpFrontend(ProxyContext context, Frontend frontend, FrontendKind kind, PortState port) {
    super(context, frontend, kind, port);
  }

  @Override
  void bind(InetSocketAddress address, boolean deaf) {
    if (context.steering() != null) {
      onBound(Steering.LISTENING);
      return;
    }
    ChannelFuture bound = open(address);
    bound.addListener(done -> {
      if (done.isSuccess()) {
        channel = bound.channel();
        onBound(new Socket(bound.channel()));
      } else {
        onBindFailure(done.cause());
      }
    });
  }

  private ChannelFuture open(InetSocketAddress address) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(this::newSocket)
        .handler(new Receiver())
        .bind(address);
  }

  private Channel newSocket() {
    boolean v4 = frontend.address().isV4();
    Channel socket = context.transport().newDatagram(v4);
    if (context.isShared() || context.steering() != null) {
      context.transport().share(socket.config());
    }
    if (!v4 && context.options().freeBind()) {
      context.transport().useRoutedAddress(socket.config());
    }
    return socket;
  }

  /**
   * Where clients are steered, datagrams come through a socket that all addresses share. What is
   * bound here is for the answers, which must leave from the address that was asked, and only while
   * there are clients.
   */
  private void openForAnswers() {
    if (context.steering() == null || channel != null || opening) {
      return;
    }
    opening = true;
    ChannelFuture bound = open(socketAddress());
    bound.addListener(done -> {
      opening = false;
      if (!done.isSuccess()) {
        reportBindFailure(done.cause());
        List.copyOf(flows.values()).forEach(UdpFlow::close);
      } else if (flows.isEmpty()) {
        bound.channel().close();
      } else {
        channel = bound.channel();
      }
    });
  }

  private void closeForAnswers() {
    Channel open = channel;
    if (context.steering() != null && open != null && flows.isEmpty()) {
      channel = null;
      open.close();
    }
  }

  /** Flows to endpoints that do not serve any more end; a mere change of policy keeps them. */
  @Override
  void onRoutes() {
    if (flows.isEmpty()) {
      return;
    }
    long start = context.nanoTime();
    EndpointSet endpoints = port.routes(frontend.address().family()).endpoints();
    Set<Endpoint> serving = HashSet.newHashSet(endpoints.size());
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.isServing(i)) {
        serving.add(new Endpoint(endpoints.address(i), endpoints.port(i)));
      }
    }
    for (UdpFlow flow : List.copyOf(flows.values())) {
      if (!serving.contains(new Endpoint(flow.address(), flow.port()))) {
        context.metrics().udpStale.increment();
        flow.close();
      }
    }
    context.metrics().udpReconcileSeconds.observe((context.nanoTime() - start) / 1e9);
  }

  @Override
  void onClosed() {
    new ArrayList<>(flows.values()).forEach(UdpFlow::close);
    if (sweeper != null) {
      sweeper.cancel(false);
      sweeper = null;
    }
  }

  void onFlowClosed(UdpFlow flow) {
    if (flows.remove(flow.client(), flow)) {
      load.removeUdp();
      closeForAnswers();
    }
  }

  /** Passes a client's datagram on, or releases it; on the event loop. */
  void consume(InetSocketAddress client, ByteBuf datagram) {
    UdpFlow flow = flows.get(client);
    if (flow == null) {
      flow = openFlow(client);
    }
    if (flow == null) {
      context.metrics().udpDropped.increment();
      datagram.release();
    } else {
      flow.consume(datagram);
    }
  }

  private @Nullable UdpFlow openFlow(InetSocketAddress client) {
    PortRoutes routes = port.routes(frontend.address().family());
    IpAddress clientAddress = Addresses.ipAddress(client);
    boolean inCluster = context.isInCluster(clientAddress);
    if (!routes.admits(kind, clientAddress, frontend.address(), context.nodeAddresses())
        || routes.decide(kind, inCluster) != Decision.FORWARD) {
      return null;
    }
    EndpointSet candidates = routes.candidates(kind, inCluster);
    int index = port.pick(routes, candidates, clientAddress, context.random()) & ~PortState.STICKY;
    IpAddress address = candidates.address(index);
    boolean keepsClient =
        context.keepsClient(clientAddress, address, routes.isExternalLocal(kind, inCluster));
    UdpFlow flow = new UdpFlow(this, client, address, candidates.port(index), keepsClient);
    if (!load.hasUdpRoom()) {
      load.report(context, load.udpMessage());
      if (flows.isEmpty()) {
        return null;
      }
      Iterator<UdpFlow> eldest = flows.values().iterator();
      context.metrics().udpEvicted.increment();
      eldest.next().close();
    }
    flows.put(client, flow);
    load.addUdp();
    openForAnswers();
    flow.count(port.load(candidates, index));
    context.udpFlows().add(flow);
    startSweeper();
    flow.open();
    return flow;
  }

  private void startSweeper() {
    if (sweeper == null) {
      long period = Math.max(1, context.options().limits().udpUnanswered().toMillis() / 4);
      sweeper = loop.scheduleAtFixedRate(this::sweep, period, period, TimeUnit.MILLISECONDS);
    }
  }

  private void sweep() {
    context.udpFlows().sweep(context.nanoTime());
    if (flows.isEmpty() && sweeper != null) {
      sweeper.cancel(false);
      sweeper = null;
    }
  }

  /** The socket that clients see; null while there is none. */
  @Nullable Channel channel() {
    return channel;
  }

  private record Endpoint(IpAddress address, int port) {}

  private final class Socket implements Listening {
    private final Channel open;

    Socket(Channel open) {
      this.open = open;
    }

    /** A deaf UDP socket is an open one whose datagrams are discarded. */
    @Override
    public void setDeaf(boolean deaf) {}

    @Override
    public void takeOver() {
      context.transport().takeOver(open.config());
    }

    @Override
    public void close() {
      channel = null;
      open.close();
    }
  }

  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      consume(packet.sender(), packet.content());
    }

    /** Errors of single datagrams, as ICMP messages for clients that are gone. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      context.metrics().udpDropped.increment();
    }
  }
}
