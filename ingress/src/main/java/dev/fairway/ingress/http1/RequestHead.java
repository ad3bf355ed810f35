// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/**
 * A request line with its header fields.
 *
 * @param minorVersion 0 or 1, of HTTP/1
 * @param contentLength length of the body in bytes, 0 where there is none, -1 where it is chunked
 */
public record RequestHead(
    String method, String target, int minorVersion, HttpFields fields, long contentLength) {

  /** Whether a body follows. */
  public boolean hasBody() {
    return contentLength != 0;
  }

  public boolean isChunked() {
    return contentLength < 0;
  }

  /** Whether the client wants to send another request on this connection. */
  public boolean isKeepAlive() {
    return minorVersion == 0
        ? fields.hasToken(Field.CONNECTION, "keep-alive")
            && !fields.hasToken(Field.CONNECTION, "close")
        : !fields.hasToken(Field.CONNECTION, "close");
  }

  /** Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2). */
  public boolean isIdempotent() {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "PUT", "DELETE" -> true;
      default -> false;
    };
  }

  /** Whether the client asks for the protocol by Upgrade and Connection. */
  public boolean asksUpgradeTo(String protocol) {
    return minorVersion == 1
        && method.equals("GET")
        && !hasBody()
        && fields.hasToken(Field.CONNECTION, "upgrade")
        && fields.count(Field.UPGRADE) == 1
        && protocol.equalsIgnoreCase(fields.get(Field.UPGRADE));
  }
}
