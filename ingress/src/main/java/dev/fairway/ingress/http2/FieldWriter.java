// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import io.netty.handler.codec.Headers;
import io.netty.util.AsciiString;

/** Writes header and trailer fields as HTTP/2 and HTTP/3 have them. */
public final class FieldWriter {
  private static final AsciiString STATUS = AsciiString.cached(":status");
  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  private static final AsciiString PATH = AsciiString.cached(":path");
  private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
  private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key");
  private static final AsciiString[] STATUSES = new AsciiString[600];

  static {
    for (int i = 100; i < STATUSES.length; i++) {
      STATUSES[i] = AsciiString.cached(Integer.toString(i));
    }
  }

  private FieldWriter() {}

  /** Adds a response's status and fields. */
  public static <H extends Headers<CharSequence, CharSequence, H>> H response(
      int status, HttpFields fields, H out) {
    out.add(STATUS, status < 600 ? STATUSES[status] : AsciiString.of(Integer.toString(status)));
    return fields(fields, out);
  }

  /** Adds a request's line and fields; its authority is the Host field. */
  public static <H extends Headers<CharSequence, CharSequence, H>> H request(
      String method, String scheme, String target, HttpFields fields, H out) {
    out.add(METHOD, AsciiString.of(method));
    return target(scheme, target, fields, out);
  }

  /** Adds the line and fields of a request for a WebSocket on a stream (RFC 8441). */
  public static <H extends Headers<CharSequence, CharSequence, H>> H webSocket(
      String scheme, String target, HttpFields fields, H out) {
    out.add(METHOD, CONNECT);
    out.add(PROTOCOL, WEBSOCKET);
    target(scheme, target, fields, out).remove(WEBSOCKET_KEY);
    return out;
  }

  private static <H extends Headers<CharSequence, CharSequence, H>> H target(
      String scheme, String target, HttpFields fields, H out) {
    String host = fields.get(Field.HOST);
    out.add(SCHEME, AsciiString.of(scheme));
    if (host != null) {
      out.add(AUTHORITY, AsciiString.of(host));
    }
    out.add(PATH, AsciiString.of(target));
    return fields(fields, out);
  }

  /** Adds fields, leaving out those of a connection of HTTP/1.1. */
  public static <H extends Headers<CharSequence, CharSequence, H>> H fields(
      HttpFields fields, H out) {
    for (int i = 0; i < fields.size(); i++) {
      switch (fields.field(i)) {
        case CONNECTION,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            TRANSFER_ENCODING,
            UPGRADE,
            HTTP2_SETTINGS,
            HOST -> {}
        default -> out.add(fields.lowerName(i), fields.octets(i));
      }
    }
    return out;
  }
}
