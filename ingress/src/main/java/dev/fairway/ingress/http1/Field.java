// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The header fields that a gateway treats specially; everything else is {@link #OTHER}. */
public enum Field {
  OTHER(""),
  HOST("Host"),
  CONTENT_LENGTH("Content-Length"),
  TRANSFER_ENCODING("Transfer-Encoding"),
  CONNECTION("Connection"),
  KEEP_ALIVE("Keep-Alive"),
  PROXY_CONNECTION("Proxy-Connection"),
  PROXY_AUTHENTICATE("Proxy-Authenticate"),
  PROXY_AUTHORIZATION("Proxy-Authorization"),
  PROXY("Proxy"),
  TE("TE"),
  TRAILER("Trailer"),
  UPGRADE("Upgrade"),
  HTTP2_SETTINGS("HTTP2-Settings"),
  EXPECT("Expect"),
  DATE("Date"),
  SERVER("Server"),
  FORWARDED("Forwarded"),
  X_FORWARDED_FOR("X-Forwarded-For"),
  X_FORWARDED_PROTO("X-Forwarded-Proto"),
  X_FORWARDED_HOST("X-Forwarded-Host"),
  X_FORWARDED_PORT("X-Forwarded-Port"),
  X_FORWARDED_SCHEME("X-Forwarded-Scheme"),
  X_SCHEME("X-Scheme"),
  X_ORIGINAL_FORWARDED_FOR("X-Original-Forwarded-For"),
  X_ORIGINAL_FORWARDED_HOST("X-Original-Forwarded-Host"),
  X_REAL_IP("X-Real-IP"),
  X_REQUEST_ID("X-Request-ID"),
  SSL_CLIENT_VERIFY("ssl-client-verify"),
  SSL_CLIENT_SUBJECT_DN("ssl-client-subject-dn"),
  SSL_CLIENT_ISSUER_DN("ssl-client-issuer-dn"),
  SSL_CLIENT_CERT("ssl-client-cert"),
  AUTHORIZATION("Authorization"),
  COOKIE("Cookie"),
  SET_COOKIE("Set-Cookie"),
  CONTENT_TYPE("Content-Type"),
  CONTENT_ENCODING("Content-Encoding"),
  CONTENT_RANGE("Content-Range"),
  CACHE_CONTROL("Cache-Control"),
  LOCATION("Location"),
  TRACEPARENT("traceparent"),
  TRACESTATE("tracestate");

  private static final Field[] ALL = values();
  private static final int LONGEST = 32;
  private static final Field[][] BY_LENGTH = byLength();

  private final String wireName;
  private final byte[] lower;
  private final AsciiString lowerName;

  Field(String wireName) {
    this.wireName = wireName;
    this.lower = wireName.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    this.lowerName = new AsciiString(lower);
  }

  /** The name as we write it. */
  public String wireName() {
    return wireName;
  }

  /** The name as HTTP/2 and HTTP/3 write it. */
  AsciiString lowerName() {
    return lowerName;
  }

  static Field ofOrdinal(int ordinal) {
    return ALL[ordinal];
  }

  static Field of(byte[] bytes, int from, int length) {
    if (length >= LONGEST) {
      return OTHER;
    }
    for (Field candidate : BY_LENGTH[length]) {
      if (equalsIgnoreCase(bytes, from, candidate.lower)) {
        return candidate;
      }
    }
    return OTHER;
  }

  static boolean equalsIgnoreCase(byte[] bytes, int from, byte[] lower) {
    for (int i = 0; i < lower.length; i++) {
      if (Octets.lowerCase(bytes[from + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  private static Field[][] byLength() {
    List<List<Field>> lists = new ArrayList<>();
    for (int i = 0; i < LONGEST; i++) {
      lists.add(new ArrayList<>());
    }
    for (Field field : ALL) {
      if (field != OTHER) {
        lists.get(field.lower.length).add(field);
      }
    }
    return lists.stream().map(list -> list.toArray(Field[]::new)).toArray(Field[][]::new);
  }
}
