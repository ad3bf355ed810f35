// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import dev.fairway.ingress.http2.FieldWriter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A client's wish for a WebSocket as an endpoint of HTTP/2 gets it (RFC 8441), and the endpoint's
 * consent as a client of HTTP/1.1 gets it (RFC 6455 section 4).
 */
record WebSocketRequest(RequestHead head, String target) {
  private static final String PROTOCOL = "websocket";
  private static final String KEY = "sec-websocket-key";

  /** What proves that the key was understood as one (RFC 6455 section 1.3). */
  private static final String SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** The wish in a request, or null where it is another one. */
  static @Nullable WebSocketRequest of(RequestHead head, String target) {
    boolean asked = PROTOCOL.equalsIgnoreCase(head.fields().get(Field.UPGRADE));
    return asked ? new WebSocketRequest(head, target) : null;
  }

  Http2Headers headers(String scheme) {
    DefaultHttp2Headers headers = new DefaultHttp2Headers(false, 16);
    return FieldWriter.webSocket(scheme, target, head.fields(), headers);
  }

  /** The end of the handshake with the endpoint's fields. */
  ResponseHead accepted(HttpFields fields) {
    fields.remove(Field.CONTENT_LENGTH);
    fields.add(Field.UPGRADE, PROTOCOL);
    String key = head.fields().get(KEY);
    if (key != null) {
      fields.add("Sec-WebSocket-Accept", accept(key));
    }
    return new ResponseHead(101, "Switching Protocols", 1, fields, Framing.NONE, 0);
  }

  private static String accept(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + SUFFIX).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("every JDK has SHA-1", absent);
    }
  }
}
