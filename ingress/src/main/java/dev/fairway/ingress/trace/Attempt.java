// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

/** The client span of an attempt. Confined to the event loop of its client. */
public final class Attempt {
  private final long spanId;
  private final String endpoint;
  private final long startNanos;
  private long endNanos = -1;
  private int status;
  private String error = "";

  Attempt(long spanId, String endpoint, long startNanos) {
    this.spanId = spanId;
    this.endpoint = endpoint;
    this.startNanos = startNanos;
  }

  void answered(int with) {
    status = with;
  }

  void end(String why, long nanos) {
    if (endNanos < 0) {
      endNanos = nanos;
      error = why;
    }
  }

  public long spanId() {
    return spanId;
  }

  /** Address and port. */
  public String endpoint() {
    return endpoint;
  }

  /** Nanoseconds after the start of the request. */
  public long startNanos() {
    return startNanos;
  }

  /** Nanoseconds after the start of the request. */
  public long endNanos() {
    return Math.max(startNanos, endNanos);
  }

  /** Of the response, or 0 without one. */
  public int status() {
    return status;
  }

  /** What went wrong with it, or "". */
  public String error() {
    return error;
  }
}
