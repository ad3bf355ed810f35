// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import org.jspecify.annotations.Nullable;

/** How answers of the gateway's own look to clients of gRPC: in their own codes, as 200. */
public final class GrpcStatus {
  private static final String CONTENT_TYPE = "application/grpc";
  private static final int MAX_TIMEOUT_DIGITS = 8;

  private GrpcStatus() {}

  /** Whether a request is one of gRPC, by its Content-Type. */
  public static boolean isGrpc(HttpFields request) {
    String type = request.get(Field.CONTENT_TYPE);
    return type != null
        && type.startsWith(CONTENT_TYPE)
        && (type.length() == CONTENT_TYPE.length()
            || type.charAt(CONTENT_TYPE.length()) == '+'
            || type.charAt(CONTENT_TYPE.length()) == ';');
  }

  /** The code that stands for a status of HTTP. */
  public static int code(int status) {
    return switch (status) {
      case 400, 431, 414 -> 13; // internal
      case 401 -> 16; // unauthenticated
      case 403 -> 7; // permission denied
      case 404, 405, 421 -> 12; // unimplemented
      case 408, 504 -> 4; // deadline exceeded
      case 413 -> 8; // resource exhausted
      case 429, 502, 503 -> 14; // unavailable
      default -> 2; // unknown
    };
  }

  /**
   * Turns the fields of an answer into a response that has no body and says all there is to say.
   */
  public static void rewrite(int status, HttpFields fields, String text) {
    fields.remove(Field.CONTENT_LENGTH);
    fields.set(Field.CONTENT_TYPE, CONTENT_TYPE);
    fields.add("grpc-status", Integer.toString(code(status)));
    fields.add("grpc-message", escaped(text.strip()));
  }

  /**
   * How long a client waits, from its {@code grpc-timeout}.
   *
   * @return nanoseconds, or -1 where it does not say
   */
  public static long timeoutNanos(@Nullable String value) {
    int digits = value == null ? 0 : value.length() - 1;
    if (value == null || digits < 1 || digits > MAX_TIMEOUT_DIGITS) {
      return -1;
    }
    long amount = 0;
    for (int i = 0; i < digits; i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      amount = amount * 10 + (c - '0');
    }
    return switch (value.charAt(digits)) {
      case 'H' -> amount * 3_600_000_000_000L;
      case 'M' -> amount * 60_000_000_000L;
      case 'S' -> amount * 1_000_000_000L;
      case 'm' -> amount * 1_000_000L;
      case 'u' -> amount * 1_000L;
      case 'n' -> amount;
      default -> -1;
    };
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '%') {
        out.append('%').append(String.format("%02X", c & 0xff));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
