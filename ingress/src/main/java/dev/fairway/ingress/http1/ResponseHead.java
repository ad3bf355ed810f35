// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/**
 * A status line with its header fields.
 *
 * @param minorVersion 0 or 1, of HTTP/1
 * @param framing how the end of the body is known
 * @param contentLength length of the body where the framing is LENGTH, else 0
 */
public record ResponseHead(
    int status,
    String reason,
    int minorVersion,
    HttpFields fields,
    Framing framing,
    long contentLength) {

  /** How the end of a response body is known. */
  public enum Framing {
    /** There is no body. */
    NONE,
    LENGTH,
    CHUNKED,
    /** The connection's end is the body's end. */
    UNTIL_CLOSE
  }

  /** Whether a final response follows this one. */
  public boolean isInformational() {
    return status < 200;
  }

  /** Whether the connection may carry another exchange once this one is complete. */
  public boolean isKeepAlive() {
    if (framing == Framing.UNTIL_CLOSE || fields.hasToken(Field.CONNECTION, "close")) {
      return false;
    }
    return minorVersion == 1 || fields.hasToken(Field.CONNECTION, "keep-alive");
  }
}
