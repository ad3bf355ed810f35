// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a TLS ClientHello (RFC 8446 section 4.1.2) that decide who answers it.
 *
 * @param serverName lower-case host name without trailing dot; "" where the client names none
 * @param protocols what the client offers by ALPN, in its order; empty where it offers none
 */
public record ClientHello(String serverName, List<String> protocols) {
  /** Bytes of a ClientHello with its record headers; more is refused. */
  static final int MAX_BYTES = 16 * 1024 + 256;

  private static final int HANDSHAKE_RECORD = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_NAME = 0;
  private static final int PROTOCOLS = 16;
  private static final int MAX_PROTOCOLS = 32;

  public ClientHello {
    protocols = List.copyOf(protocols);
  }

  /** What the bytes at the beginning of a connection are. */
  public sealed interface Result {
    /** More bytes are needed. */
    record NeedMore() implements Result {}

    /** A whole ClientHello. */
    record Complete(ClientHello hello) implements Result {}

    /** Not TLS, or a ClientHello that is malformed or too large. */
    record Malformed(String problem) implements Result {}
  }

  private static final Result NEED_MORE = new Result.NeedMore();

  /**
   * Looks at the bytes of a connection from its beginning, moving no index and keeping nothing: the
   * caller shows them again, with what came since, until the result is not NeedMore.
   */
  public static Result peek(ByteBuf in) {
    int base = in.readerIndex();
    int available = in.readableBytes();
    byte[] message = new byte[0];
    int at = 0;
    while (true) {
      if (available > at && in.getUnsignedByte(base + at) != HANDSHAKE_RECORD) {
        return malformed("not a TLS handshake");
      }
      if (available > at + 1 && in.getUnsignedByte(base + at + 1) != 3) {
        return malformed("unknown TLS version");
      }
      if (available < at + 5) {
        return NEED_MORE;
      }
      int length = in.getUnsignedShort(base + at + 3);
      if (length == 0 || length > 16 * 1024 || at + 5 + length > MAX_BYTES) {
        return malformed("record of a wrong length");
      }
      if (at == 0 && available > 5 && in.getUnsignedByte(base + 5) != CLIENT_HELLO) {
        return malformed("not a ClientHello");
      }
      if (available < at + 5 + length) {
        return NEED_MORE;
      }
      message = append(message, in, base + at + 5, length);
      at += 5 + length;
      if (message.length >= 4) {
        int wanted = 4 + uint24(message, 1);
        if (wanted > MAX_BYTES) {
          return malformed("ClientHello is too large");
        }
        if (message.length >= wanted) {
          return new Reader(message, 4, wanted).hello();
        }
      }
    }
  }

  private static byte[] append(byte[] message, ByteBuf in, int from, int length) {
    byte[] longer = java.util.Arrays.copyOf(message, message.length + length);
    in.getBytes(from, longer, message.length, length);
    return longer;
  }

  private static int uint24(byte[] data, int at) {
    return (data[at] & 0xff) << 16 | (data[at + 1] & 0xff) << 8 | (data[at + 2] & 0xff);
  }

  private static Result malformed(String problem) {
    return new Result.Malformed(problem);
  }

  /** Reads the fields of one message; every length is checked before it is used. */
  private static final class Reader {
    private final byte[] data;
    private final int end;
    private int at;
    private String serverName = "";
    private final List<String> protocols = new ArrayList<>(2);

    Reader(byte[] data, int from, int end) {
      this.data = data;
      this.end = end;
      at = from;
    }

    Result hello() {
      boolean shaped = skip(2 + 32) && skipVector(1) && skipVector(2) && skipVector(1);
      if (!shaped) {
        return malformed("ClientHello is cut short");
      }
      if (at < end && !extensions()) {
        return malformed("extensions of the ClientHello are malformed");
      }
      return new Result.Complete(new ClientHello(serverName, protocols));
    }

    private boolean extensions() {
      int length = length(2);
      if (length < 0 || at + length != end) {
        return false;
      }
      while (at < end) {
        if (at + 4 > end) {
          return false;
        }
        int type = uint16(at);
        at += 2;
        int size = length(2);
        if (size < 0) {
          return false;
        }
        int next = at + size;
        boolean good =
            switch (type) {
              case SERVER_NAME -> serverName(next);
              case PROTOCOLS -> protocols(next);
              default -> true;
            };
        if (!good) {
          return false;
        }
        at = next;
      }
      return true;
    }

    private boolean serverName(int limit) {
      int list = length(2);
      if (list < 0 || at + list != limit) {
        return false;
      }
      while (at < limit) {
        int type = data[at++] & 0xff;
        int size = at + 2 <= limit ? length(2) : -1;
        if (size < 0 || at + size > limit) {
          return false;
        }
        if (type == 0) {
          String name = hostName(new String(data, at, size, StandardCharsets.ISO_8859_1));
          if (name == null || !serverName.isEmpty()) {
            return false;
          }
          serverName = name;
        }
        at += size;
      }
      return true;
    }

    private boolean protocols(int limit) {
      int list = length(2);
      if (list < 0 || at + list != limit || !protocols.isEmpty()) {
        return false;
      }
      while (at < limit) {
        int size = data[at++] & 0xff;
        if (size == 0 || at + size > limit || protocols.size() == MAX_PROTOCOLS) {
          return false;
        }
        protocols.add(new String(data, at, size, StandardCharsets.ISO_8859_1));
        at += size;
      }
      return !protocols.isEmpty();
    }

    private boolean skip(int bytes) {
      at += bytes;
      return at <= end;
    }

    private boolean skipVector(int lengthBytes) {
      int size = length(lengthBytes);
      return size >= 0 && skip(size);
    }

    /** Reads a length and moves behind it; -1 where what it announces is not there. */
    private int length(int bytes) {
      if (at + bytes > end) {
        return -1;
      }
      int size = bytes == 1 ? data[at] & 0xff : uint16(at);
      at += bytes;
      return at + size <= end ? size : -1;
    }

    private int uint16(int index) {
      return (data[index] & 0xff) << 8 | (data[index + 1] & 0xff);
    }
  }

  /** Letters, digits, hyphens, underscores and dots, in lower case; null for anything else. */
  private static @Nullable String hostName(String text) {
    String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (name.isEmpty() || name.length() > 253) {
      return null;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || c == '.';
      if (!allowed) {
        return null;
      }
    }
    return name.toLowerCase(Locale.ROOT);
  }
}
