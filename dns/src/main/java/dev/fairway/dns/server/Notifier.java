// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ZoneSnapshot;
import dev.fairway.dns.cluster.ZoneTransfer;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.WireName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Tells secondaries that the zone has changed (RFC 1996), at most once in a period, and again until
 * they answer or five tries are over. Confined to its event loop.
 */
final class Notifier extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final int TRIES = 5;
  private static final int OPCODE_NOTIFY = 0x2000;
  private static final int FLAG_AA = 0x0400;
  private static final int FLAG_QR = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final System.Logger LOG = System.getLogger(Notifier.class.getName());

  /** What one secondary knows. */
  private static final class Secondary {
    final InetSocketAddress address;
    int serial;
    boolean told;
    int id;
    int triesLeft;
    int periodsUntilNext;
    int pause;

    Secondary(InetSocketAddress address) {
      this.address = address;
    }
  }

  private final Supplier<ZoneSnapshot> zone;
  private final List<Secondary> secondaries = new ArrayList<>();
  private final Duration period;
  private final RandomGenerator random;

  /**
   * A notifier.
   *
   * @param period between two looks at the zone, and between the first two tries
   * @param random for identifiers, which outsiders must not guess
   */
  Notifier(
      Supplier<ZoneSnapshot> zone,
      List<InetSocketAddress> secondaries,
      Duration period,
      RandomGenerator random) {
    this.zone = zone;
    secondaries.forEach(address -> this.secondaries.add(new Secondary(address)));
    this.period = period;
    this.random = random;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    var task =
        ctx.executor()
            .scheduleWithFixedDelay(() -> look(ctx), 0, period.toNanos(), TimeUnit.NANOSECONDS);
    ctx.channel().closeFuture().addListener(future -> task.cancel(false));
    ctx.fireChannelActive();
  }

  private void look(ChannelHandlerContext ctx) {
    ZoneSnapshot snapshot = zone.get();
    if (!snapshot.isSynced()) {
      return;
    }
    for (Secondary secondary : secondaries) {
      if (!secondary.told || secondary.serial != snapshot.serial()) {
        secondary.told = true;
        secondary.serial = snapshot.serial();
        secondary.id = random.nextInt(1 << 16);
        secondary.triesLeft = TRIES;
        secondary.periodsUntilNext = 0;
        secondary.pause = 1;
      }
      if (secondary.triesLeft > 0 && secondary.periodsUntilNext-- == 0) {
        secondary.triesLeft--;
        secondary.periodsUntilNext = secondary.pause - 1;
        secondary.pause *= 2;
        send(ctx, secondary, snapshot);
      }
    }
    ctx.flush();
  }

  private static void send(ChannelHandlerContext ctx, Secondary to, ZoneSnapshot snapshot) {
    byte[] soa = ZoneTransfer.of(snapshot).soa();
    ByteBuf out = ctx.alloc().buffer();
    out.writeShort(to.id).writeShort(OPCODE_NOTIFY | FLAG_AA);
    out.writeShort(1).writeShort(1).writeInt(0);
    // The owner of the SOA is the zone.
    out.writeBytes(soa, 0, new WireName().read(soa, 0, soa.length));
    out.writeShort(RecordType.SOA).writeShort(RecordType.CLASS_IN);
    out.writeBytes(soa);
    ctx.write(new DatagramPacket(out, to.address));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
    ByteBuf in = packet.content();
    if (in.readableBytes() < 12) {
      return;
    }
    int id = in.readUnsignedShort();
    int flags = in.readUnsignedShort();
    for (Secondary secondary : secondaries) {
      if (secondary.address.equals(packet.sender())
          && secondary.id == id
          && (flags & (FLAG_QR | OPCODE)) == (FLAG_QR | OPCODE_NOTIFY)) {
        secondary.triesLeft = 0;
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A secondary that is away, for now: it is told again.
    LOG.log(System.Logger.Level.DEBUG, () -> "NOTIFY: " + cause);
  }
}
