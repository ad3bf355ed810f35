// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.Telemetry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Gives each request its place in a trace. A request that is not sampled costs one small object and
 * the text of its header field. Thread-safe.
 */
public final class Tracer {
  /**
   * Which requests are part of which traces.
   *
   * @param ratio the share of the traces that begin here that is sampled, 0 to 1; traces that
   *     continue are sampled where the client says so
   * @param trustsAll whether traces of all clients continue, not of trusted proxies alone
   */
  public record Options(double ratio, boolean trustsAll) {
    /** A hundredth, and nobody is trusted who is no trusted proxy. */
    public static final Options DEFAULT = new Options(0.01, false);

    public Options {
      if (!(ratio >= 0 && ratio <= 1)) {
        throw new IllegalArgumentException("the ratio must be 0 to 1: " + ratio);
      }
    }
  }

  private final long sampledBelow;
  private final boolean always;
  private final boolean trustsAll;
  private final SpanIds ids;
  private final InstantSource clock;

  public Tracer(Options options, RandomGenerator random, InstantSource clock) {
    sampledBelow = (long) (options.ratio() * Long.MAX_VALUE);
    always = options.ratio() == 1;
    trustsAll = options.trustsAll();
    ids = new SpanIds(random);
    this.clock = clock;
  }

  /**
   * Begins the server span of a request, and has its fields say that it is the parent of whatever
   * comes of the request. What an untrusted client says of a trace becomes a link of a new one.
   *
   * @param fields of the request; a tracestate that is no part of the trace is dropped
   * @param nanoTime when the request arrived
   * @return null where the requests of the route are not traced; the fields stay as they are
   */
  public @Nullable RequestTrace begin(
      HttpFields fields, Telemetry telemetry, Client client, long nanoTime) {
    if (!telemetry.traced()) {
      return null;
    }
    SpanContext came = incoming(fields);
    boolean trusted =
        switch (telemetry.trust()) {
          case ALWAYS -> true;
          case NEVER -> false;
          case AS_CONFIGURED -> trustsAll || client.trusted();
        };
    RequestTrace trace;
    if (came != null && trusted) {
      trace = new RequestTrace(came, ids, startOf(came.sampled()), nanoTime);
    } else {
      fields.remove(Field.TRACESTATE);
      long high = ids.next();
      long low = ids.next();
      Instant start = startOf(always || (low >>> 1) < sampledBelow);
      trace = new RequestTrace(high, low, came, ids, start, nanoTime);
    }
    fields.set(Field.TRACEPARENT, trace.header());
    return trace;
  }

  /** When the span begins, or null where it is not sampled. */
  private @Nullable Instant startOf(boolean sampled) {
    return sampled ? clock.instant() : null;
  }

  private static @Nullable SpanContext incoming(HttpFields fields) {
    String only = fields.get(Field.TRACEPARENT);
    return only == null || fields.count(Field.TRACEPARENT) > 1 ? null : SpanContext.parse(only);
  }
}
