// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.RawUnixChannelOption;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Gives the clients of an address to the second socket that listens at it, and so to the successor
 * of the server that has the first one. Otherwise they would be spread over both, and those that
 * wait to be accepted when the first one is closed would be lost. With one socket it changes
 * nothing.
 */
final class TakeOver extends ChannelInboundHandlerAdapter {
  private static final int SOL_SOCKET = 1;
  private static final int ATTACH_REUSEPORT_CBPF = 51;

  /** Takes a {@code struct sock_fprog}. */
  private static final RawUnixChannelOption SO_ATTACH_REUSEPORT_CBPF =
      new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOL_SOCKET, ATTACH_REUSEPORT_CBPF, 16);

  /** It listens now; a socket that has a program before it is bound cannot share an address. */
  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.channel().config().setOption(SO_ATTACH_REUSEPORT_CBPF, takeSecond());
    ctx.fireChannelActive();
  }

  /** A {@code struct sock_fprog} of one instruction: return the index of the second socket. */
  private static ByteBuffer takeSecond() {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putShort(0, (short) 1)
        .putLong(8, Program.INSTRUCTION.address());
  }

  private static final class Program {
    static final MemorySegment INSTRUCTION = instruction();

    private static MemorySegment instruction() {
      MemorySegment filter = Arena.global().allocate(8, 8);
      filter.set(ValueLayout.JAVA_SHORT, 0, (short) 0x06);
      filter.set(ValueLayout.JAVA_INT, 4, 1);
      return filter;
    }
  }
}
