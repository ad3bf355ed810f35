// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds out whether a peer that ended its side of a connection certainly never read a request. A
 * server that closes an unused connection may do so at the moment in which we send a request on it:
 * without a proof, a request with a second effect could not be tried again and would be lost.
 *
 * <p>The end of the peer's stream (FIN) acknowledges everything that had arrived when its
 * application closed the connection. Where that end was read and no byte of the request is
 * acknowledged, the request arrived later. A reset without such an end proves nothing.
 */
final class UnreadProof {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;

  /** Where {@code struct tcp_info} of Linux has the 64-bit count of acknowledged bytes. */
  private static final int BYTES_ACKED = 120;

  private static final RawUnixChannelOption INFO =
      new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, BYTES_ACKED + Long.BYTES);

  private UnreadProof() {}

  /**
   * Looks at a connection of which the end of the peer's stream was read, not a reset.
   *
   * @param bytesBefore how many bytes were sent on the connection before the request
   */
  static boolean holds(Channel channel, long bytesBefore) {
    if (!(channel instanceof UnixChannel) || channel.pipeline().get(SslHandler.class) != null) {
      return false;
    }
    try {
      ByteBuffer info = channel.config().getOption(INFO);
      if (info == null) {
        return false;
      }
      long acked = info.order(ByteOrder.nativeOrder()).getLong(BYTES_ACKED);
      // The start of the connection counts as one; a kernel that does not count says zero.
      return acked > 0 && acked <= bytesBefore + 1;
    } catch (ChannelException closed) {
      return false;
    }
  }
}
