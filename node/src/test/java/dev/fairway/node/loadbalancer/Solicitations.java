// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.service.IpAddress;
import java.nio.ByteBuffer;

/** Neighbour solicitations as another host sends them. */
final class Solicitations {
  private Solicitations() {}

  /** From 2001:db8::1 with that MAC. */
  static byte[] of(IpAddress target, long mac) {
    ByteBuffer frame = ByteBuffer.allocate(78);
    frame.putShort((short) 0x3333).putInt((int) Frames.solicitedNode(target).lowBits());
    frame.putShort((short) (mac >>> 32)).putInt((int) mac).putShort((short) Frames.IPV6);
    frame.putInt(0x60000000).putShort((short) 24).put((byte) 58).put((byte) 255);
    frame.put(IpAddress.parse("2001:db8::1").toBytes());
    frame.put(Frames.solicitedNode(target).toBytes());
    frame.putInt(135 << 24).putInt(0).put(target.toBytes());
    int sum = 24 + 58;
    for (int at = 22; at < 78; at += 2) {
      sum += Short.toUnsignedInt(frame.getShort(at));
    }
    frame.putShort(56, (short) ~((sum & 0xffff) + (sum >>> 16)));
    return frame.array();
  }
}
