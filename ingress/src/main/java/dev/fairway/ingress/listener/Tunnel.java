// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;

/**
 * What a client's HTTP/1 connection is after a 101 (RFC 9110 section 7.8): bytes pass both ways,
 * and each side may end before the other. Confined to the connection's event loop.
 */
final class Tunnel {
  private final Channel channel;
  private final boolean tls;
  private final Exchange exchange;
  private final ListenerLimits limits;
  private final Deadline deadline;
  private boolean inputEnded;
  private boolean outputEnded;

  /**
   * A tunnel whose first bytes may flow.
   *
   * @param deadline of the connection, which ends the tunnel
   */
  Tunnel(
      Channel channel, boolean tls, Exchange exchange, ListenerLimits limits, Deadline deadline) {
    this.channel = channel;
    this.tls = tls;
    this.exchange = exchange;
    this.limits = limits;
    this.deadline = deadline;
    armForBoth();
  }

  /** Bytes of the client; takes them over. */
  void input(ByteBuf bytes) {
    armForBoth();
    exchange.tunnelWrite(bytes);
  }

  /** Bytes for the client; takes them over. */
  void output(ByteBuf bytes) {
    armForBoth();
    channel.write(bytes);
  }

  /** The client takes bytes again, or takes no more for now. */
  void writabilityChanged() {
    armForBoth();
  }

  /** Whether more bytes of the client can be passed on. */
  boolean wantsInput() {
    return exchange.wantsBody();
  }

  /** The client has said all; false where the backend has, too. */
  boolean endInput() {
    inputEnded = true;
    if (outputEnded) {
      return false;
    }
    armForOne();
    exchange.tunnelOutputEnd();
    return true;
  }

  /** The backend has said all. */
  void endOutput() {
    outputEnded = true;
    if (inputEnded || tls || !(channel instanceof DuplexChannel duplex)) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      armForOne();
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> duplex.shutdownOutput());
    }
  }

  private void armForBoth() {
    deadline.set(limits.tunnelTimeout().toNanos());
  }

  private void armForOne() {
    deadline.set(limits.bodyTimeout().toNanos());
  }
}
