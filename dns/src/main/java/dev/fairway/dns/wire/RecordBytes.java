// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts one record together, uncompressed: a name, {@link #head}, then the data. For the slow path;
 * single-threaded.
 */
public final class RecordBytes {
  /** Two names and 20 octets of numbers: an SOA, the largest that is made. */
  private static final int MAX_SIZE = 3 * WireName.MAX_LENGTH + 64;

  private final ByteBuffer bytes = ByteBuffer.allocate(MAX_SIZE);
  private int lengthAt = -1;

  /** A name. */
  public RecordBytes name(WireName name) {
    return name(new byte[0], name);
  }

  /** A name of labels, with their length octets, and the rest. */
  public RecordBytes name(byte[] labels, WireName rest) {
    bytes.put(labels);
    rest.copyTail(0, bytes.array(), bytes.position());
    bytes.position(bytes.position() + rest.length());
    return this;
  }

  /** Type, class IN and TTL; what follows is the data. */
  public RecordBytes head(int type, int ttl) {
    bytes.putShort((short) type).putShort((short) RecordType.CLASS_IN).putInt(ttl);
    lengthAt = bytes.position();
    bytes.putShort((short) 0);
    return this;
  }

  /** 16 bits. */
  public RecordBytes int16(int value) {
    bytes.putShort((short) value);
    return this;
  }

  /** 32 bits. */
  public RecordBytes int32(int value) {
    bytes.putInt(value);
    return this;
  }

  /** 64 bits. */
  public RecordBytes int64(long value) {
    bytes.putLong(value);
    return this;
  }

  /** Octets as they are. */
  public RecordBytes bytes(byte[] octets) {
    bytes.put(octets);
    return this;
  }

  /** The whole record. */
  public byte[] toBytes() {
    bytes.putShort(lengthAt, (short) (bytes.position() - lengthAt - 2));
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
