// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.service.IpAddress;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a load balancer says of a connection in the PROXY protocol, version 1 or 2.
 *
 * @param source the client; null where the load balancer speaks for itself
 * @param destinationPort the port that the client connected to, 0 where it is not said
 * @param length bytes of the header
 */
record ProxyHeader(@Nullable IpAddress source, int destinationPort, int length) {
  /** What the first bytes of a connection are. */
  sealed interface Result {
    /** More bytes are needed. */
    record NeedMore() implements Result {}

    /** A header. */
    record Complete(ProxyHeader header) implements Result {}

    /** Not a header. */
    record Malformed() implements Result {}
  }

  private static final byte[] V2 = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final int V1_MAX = 107;
  private static final int V2_FIXED = 16;
  private static final int V2_MAX_REST = 4_096;
  private static final Result NEED_MORE = new Result.NeedMore();
  private static final Result MALFORMED = new Result.Malformed();

  /** Looks at the bytes of a connection from its beginning, without moving an index. */
  static Result peek(ByteBuf in) {
    if (begins(in, V2)) {
      return in.readableBytes() < V2_FIXED ? NEED_MORE : version2(in);
    }
    if (begins(in, V1)) {
      return version1(in);
    }
    return MALFORMED;
  }

  private static boolean begins(ByteBuf in, byte[] signature) {
    int length = Math.min(in.readableBytes(), signature.length);
    for (int i = 0; i < length; i++) {
      if (in.getByte(in.readerIndex() + i) != signature[i]) {
        return false;
      }
    }
    return true;
  }

  private static Result version1(ByteBuf in) {
    int base = in.readerIndex();
    int limit = Math.min(in.readableBytes(), V1_MAX);
    int end = in.indexOf(base, base + limit, (byte) '\n');
    if (end < 0) {
      return limit == V1_MAX ? MALFORMED : NEED_MORE;
    }
    if (end == base || in.getByte(end - 1) != '\r') {
      return MALFORMED;
    }
    int length = end + 1 - base;
    String[] words = in.toString(base, length - 2, StandardCharsets.ISO_8859_1).split(" ", -1);
    if (words[1].equals("UNKNOWN")) {
      return complete(null, 0, length);
    }
    boolean four = words[1].equals("TCP4");
    if (words.length != 6 || (!four && !words[1].equals("TCP6"))) {
      return MALFORMED;
    }
    IpAddress source = address(words[2], four);
    IpAddress destination = address(words[3], four);
    int sourcePort = port(words[4]);
    int destinationPort = port(words[5]);
    return source == null || destination == null || sourcePort < 0 || destinationPort < 0
        ? MALFORMED
        : complete(source, destinationPort, length);
  }

  private static @Nullable IpAddress address(String text, boolean four) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.digit(c, 16) < 0 && c != '.' && c != ':') {
        return null;
      }
    }
    if (four == (text.indexOf(':') >= 0)) {
      return null;
    }
    try {
      return IpAddress.parse(text);
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  private static int port(String text) {
    if (text.isEmpty() || text.length() > 5) {
      return -1;
    }
    int port = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      port = port * 10 + (c - '0');
    }
    return port > 65_535 || (text.length() > 1 && text.charAt(0) == '0') ? -1 : port;
  }

  private static Result version2(ByteBuf in) {
    int base = in.readerIndex();
    int command = in.getUnsignedByte(base + 12);
    int family = in.getUnsignedByte(base + 13);
    int rest = in.getUnsignedShort(base + 14);
    if (command >> 4 != 2 || (command & 15) > 1 || rest > V2_MAX_REST) {
      return MALFORMED;
    }
    if (in.readableBytes() < V2_FIXED + rest) {
      return NEED_MORE;
    }
    int length = V2_FIXED + rest;
    if ((command & 15) == 0) {
      return complete(null, 0, length); // a health check of the load balancer itself
    }
    int at = base + V2_FIXED;
    return switch (family) {
      case 0x11 -> rest < 12 ? MALFORMED : addresses(in, at, 4, length);
      case 0x21 -> rest < 36 ? MALFORMED : addresses(in, at, 16, length);
      case 0x00 -> complete(null, 0, length);
      default -> MALFORMED;
    };
  }

  private static Result addresses(ByteBuf in, int at, int bytes, int length) {
    byte[] source = new byte[bytes];
    in.getBytes(at, source);
    int destinationPort = in.getUnsignedShort(at + 2 * bytes + 2);
    return complete(IpAddress.ofBytes(source), destinationPort, length);
  }

  private static Result complete(@Nullable IpAddress source, int destinationPort, int length) {
    return new Result.Complete(new ProxyHeader(source, destinationPort, length));
  }
}
