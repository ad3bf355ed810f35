// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/**
 * How large the parts of a message may be.
 *
 * @param startLineBytes a longer request line is answered with 414
 * @param headerBytes all header fields together; more is answered with 431
 * @param headerFields number of header fields; more are answered with 431
 * @param trailerBytes all trailer fields together
 */
public record HttpLimits(int startLineBytes, int headerBytes, int headerFields, int trailerBytes) {
  /** 8 KiB request line, 32 KiB in at most 100 header fields, 8 KiB trailers. */
  public static final HttpLimits DEFAULT = new HttpLimits(8192, 32768, 100, 8192);
}
