// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/** What a reader found next in its input. */
public enum ReadEvent {
  /** More bytes are needed. */
  NEED_MORE,
  /** Start line and header fields are complete. */
  HEAD,
  /** A piece of the body. */
  BODY,
  /** The message is complete; trailers are known. */
  END,
  /** The message cannot be understood safely; the connection must not be used any more. */
  MALFORMED
}
