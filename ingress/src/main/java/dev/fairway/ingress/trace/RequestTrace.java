// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server span of one request and, where it is sampled, a client span for each attempt to have
 * an endpoint serve it. Confined to the event loop of its client.
 */
public final class RequestTrace {
  private final long traceHigh;
  private final long traceLow;
  private final long spanId;
  private final long parentId;
  private final @Nullable SpanContext link;
  private final SpanIds ids;
  private final @Nullable Instant start;
  private final long startNanos;
  private @Nullable List<Attempt> attempts;

  /** A trace that another one began. */
  RequestTrace(SpanContext parent, SpanIds ids, @Nullable Instant start, long startNanos) {
    traceHigh = parent.traceHigh();
    traceLow = parent.traceLow();
    spanId = ids.next();
    parentId = parent.spanId();
    link = null;
    this.ids = ids;
    this.start = start;
    this.startNanos = startNanos;
  }

  /** A trace that begins here. */
  RequestTrace(
      long traceHigh,
      long traceLow,
      @Nullable SpanContext link,
      SpanIds ids,
      @Nullable Instant start,
      long startNanos) {
    this.traceHigh = traceHigh;
    this.traceLow = traceLow;
    spanId = ids.next();
    parentId = 0;
    this.link = link;
    this.ids = ids;
    this.start = start;
    this.startNanos = startNanos;
  }

  /** Whether the spans are recorded. */
  public boolean isSampled() {
    return start != null;
  }

  public long traceHigh() {
    return traceHigh;
  }

  public long traceLow() {
    return traceLow;
  }

  /** The id of the server span. */
  public long spanId() {
    return spanId;
  }

  /** The id of the span of somebody else that the server span is a child of, or 0. */
  public long parentId() {
    return parentId;
  }

  /** What an untrusted client said of a trace of its own, or null. */
  public @Nullable SpanContext link() {
    return link;
  }

  /** When the request arrived; the epoch where it is not sampled. */
  public Instant start() {
    Instant known = start;
    return known == null ? Instant.EPOCH : known;
  }

  /** What was tried, in order. */
  public List<Attempt> attempts() {
    List<Attempt> known = attempts;
    return known == null ? List.of() : known;
  }

  /** Begins the span of an attempt, which ends the one before. */
  public void attempt(String endpoint, long nanoTime) {
    List<Attempt> known = attempts;
    if (known == null) {
      known = new ArrayList<>(1);
      attempts = known;
    } else {
      known.getLast().end("", nanoTime - startNanos);
    }
    known.add(new Attempt(ids.next(), endpoint, nanoTime - startNanos));
  }

  /** The head of a response arrived for the attempt. */
  public void answered(int status) {
    List<Attempt> known = attempts;
    if (known != null) {
      known.getLast().answered(status);
    }
  }

  /**
   * The attempt is over, if there is one that is not.
   *
   * @param error what went wrong, or ""
   */
  public void attemptEnded(String error, long nanoTime) {
    List<Attempt> known = attempts;
    if (known != null) {
      known.getLast().end(error, nanoTime - startNanos);
    }
  }

  /** Says in the header fields that the attempt is their parent. */
  public void propagate(HttpFields fields) {
    List<Attempt> known = attempts;
    if (known != null) {
      long parent = known.getLast().spanId();
      fields.set(Field.TRACEPARENT, SpanContext.header(traceHigh, traceLow, parent, isSampled()));
    } else if (fields.count(Field.TRACEPARENT) == 0) {
      fields.add(Field.TRACEPARENT, header());
    }
  }

  /** The traceparent whose parent is the server span. */
  String header() {
    return SpanContext.header(traceHigh, traceLow, spanId, isSampled());
  }
}
