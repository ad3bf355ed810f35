// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;

/**
 * Finds out whether a peer that ended its side of a connection certainly never read a request. A
 * server that closes an unused connection does so at the moment in which we send a request on it:
 * without a proof, a request with a second effect could not be tried again and would be lost.
 *
 * <p>The end of the peer's stream (FIN) acknowledges all that had arrived when its application
 * closed the connection. So the request was not read where it is not acknowledged with that end, or
 * where the end was followed by a reset: that is how a closed socket answers to what arrives later.
 * A reset alone proves nothing.
 */
final class UnreadProof {
  private static final int CLOSE = 7;
  private static final int CLOSE_WAIT = 8;

  private UnreadProof() {}

  /**
   * Looks at a connection of which the end of the peer's stream was read.
   *
   * @param bytes all that was sent since the last response
   * @param flushes in how many pieces
   */
  static boolean holds(Channel channel, long bytes, int flushes) {
    if (!(channel instanceof EpollSocketChannel socket) || flushes == 0) {
      return false;
    }
    EpollTcpInfo info;
    try {
      info = socket.tcpInfo();
    } catch (ChannelException closed) {
      return false;
    }
    if (bytes > info.sndMss()) {
      return false;
    }
    // Not more than one segment each: what is counted in segments is the whole request.
    return switch (info.state()) {
      case CLOSE -> flushes == 1;
      case CLOSE_WAIT -> info.unacked() >= flushes;
      default -> false;
    };
  }
}
