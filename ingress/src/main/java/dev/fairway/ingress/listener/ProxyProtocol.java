// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The beginning of a connection of a load balancer that speaks the PROXY protocol: the header must
 * be there. Confined to its event loop.
 */
final class ProxyProtocol extends FirstBytes {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Consumer<ProxyHeader> accepted;

  /**
   * @param accepted adds the handlers of the connection
   */
  ProxyProtocol(Consumer<ProxyHeader> accepted) {
    super(TIMEOUT);
    this.accepted = accepted;
  }

  @Override
  void look(ChannelHandlerContext ctx, ByteBuf bytes) {
    switch (ProxyHeader.peek(bytes)) {
      case ProxyHeader.Result.NeedMore _ -> {}
      case ProxyHeader.Result.Malformed _ -> {
        decided();
        ctx.close();
      }
      case ProxyHeader.Result.Complete complete -> {
        decided();
        ByteBuf rest = takeInbound();
        rest.skipBytes(complete.header().length());
        accepted.accept(complete.header());
        giveWay(ctx, rest);
      }
    }
  }
}
