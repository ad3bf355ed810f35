// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.EndpointLoad;
import dev.fairway.service.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * All datagrams between one client socket and one address of a service: they go to one endpoint,
 * through a socket of their own, while the endpoint serves and the flow is not idle. Confined to
 * the event loop of its frontend.
 */
final class UdpFlow extends ChannelInboundHandlerAdapter {
  /** Datagrams kept while the socket is being connected. */
  private static final int MAX_WAITING = 16;

  private final UdpFrontend frontend;
  private final InetSocketAddress client;
  private final IpAddress address;
  private final int port;
  private final boolean keepsClient;
  private @Nullable Channel upstream;
  private long lastUse;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
  private boolean connected;
  private boolean answered;
  private boolean closed;
  private @Nullable EndpointLoad load;

  /** Neighbours in {@link UdpFlowTable}. */
  @Nullable UdpFlow older;

  @Nullable UdpFlow newer;

  /**
   * A flow.
   *
   * @param keepsClient whether the endpoint is to see the client's own address
   */
  UdpFlow(
      UdpFrontend frontend,
      InetSocketAddress client,
      IpAddress address,
      int port,
      boolean keepsClient) {
    this.frontend = frontend;
    this.client = client;
    this.address = address;
    this.port = port;
    this.keepsClient = keepsClient;
  }

  /** Counts the flow to the load of its endpoint while it is open. */
  void count(@Nullable EndpointLoad of) {
    load = of;
    if (of != null) {
      of.begin();
    }
  }

  /**
   * Opens the flow's socket; datagrams wait until it is connected. Without descriptors the flow of
   * the event loop that was unused longest makes room.
   */
  void open() {
    ProxyContext context = frontend.context;
    lastUse = context.nanoTime();
    Channel channel = newSocket();
    if (channel == null && context.udpFlows().evictOldest(this)) {
      channel = newSocket();
    }
    if (channel == null) {
      context.metrics().dialFailures.increment();
      close();
      return;
    }
    open(channel);
  }

  /** Null if there are no descriptors left, which is not the endpoint's fault. */
  private @Nullable Channel newSocket() {
    try {
      return frontend.context.transport().newDatagram(address.isV4());
    } catch (ChannelException _) {
      return null;
    }
  }

  private void open(Channel channel) {
    ProxyContext context = frontend.context;
    upstream = channel;
    channel.pipeline().addLast(this);
    frontend
        .loop
        .register(channel)
        .addListener(registered -> {
          if (!registered.isSuccess()) {
            onConnect(channel, false);
          } else if (keepsClient) {
            context.transport().useForeignAddress(channel.config(), address.isV4());
            channel
                .bind(client)
                .addListener(bound -> {
                  if (bound.isSuccess()) {
                    connect(channel);
                  } else {
                    onConnect(channel, false);
                  }
                });
          } else {
            connect(channel);
          }
        });
  }

  private void connect(Channel channel) {
    channel
        .connect(Addresses.socketAddress(address, port))
        .addListener(done -> onConnect(channel, done.isSuccess()));
  }

  private void onConnect(Channel channel, boolean success) {
    if (closed) {
      channel.close();
    } else if (success) {
      connected = true;
      for (ByteBuf datagram = waiting.poll(); datagram != null; datagram = waiting.poll()) {
        send(channel, datagram);
      }
    } else {
      fail();
    }
  }

  InetSocketAddress client() {
    return client;
  }

  IpAddress address() {
    return address;
  }

  int port() {
    return port;
  }

  long lastUse() {
    return lastUse;
  }

  boolean isAnswered() {
    return answered;
  }

  /** Sends a datagram to the endpoint and releases it. */
  void consume(ByteBuf datagram) {
    ProxyContext context = frontend.context;
    Channel channel = upstream;
    touch();
    if (closed) {
      datagram.release();
    } else if (connected && channel != null && channel.isWritable()) {
      send(channel, datagram);
    } else if (!connected && waiting.size() < MAX_WAITING) {
      waiting.add(datagram);
    } else {
      context.metrics().udpDropped.increment();
      datagram.release();
    }
  }

  private void send(Channel channel, ByteBuf datagram) {
    frontend.context.metrics().bytesUpstream.add(datagram.readableBytes());
    channel.writeAndFlush(datagram, channel.voidPromise());
  }

  private void touch() {
    lastUse = frontend.context.nanoTime();
    frontend.context.udpFlows().touch(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    Channel downstream = frontend.channel();
    if (closed || downstream == null || !downstream.isWritable()) {
      frontend.context.metrics().udpDropped.increment();
      packet.release();
      return;
    }
    answered = true;
    touch();
    frontend.context.metrics().bytesDownstream.add(packet.content().readableBytes());
    downstream.write(new DatagramPacket(packet.content(), client), downstream.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Channel downstream = frontend.channel();
    if (downstream != null) {
      downstream.flush();
    }
  }

  /** The endpoint's host said that nobody listens there: the next datagram chooses again. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail();
  }

  private void fail() {
    frontend.context.metrics().dialFailures.increment();
    frontend.port.failed(Addresses.ipAddress(client), address, port);
    close();
  }

  /** Ends the flow; the client is not told. */
  void close() {
    if (!closed) {
      closed = true;
      frontend.context.udpFlows().remove(this);
      frontend.onFlowClosed(this);
      if (load != null) {
        load.end();
      }
      waiting.forEach(ByteBuf::release);
      waiting.clear();
      if (upstream != null) {
        upstream.close();
      }
    }
  }
}
