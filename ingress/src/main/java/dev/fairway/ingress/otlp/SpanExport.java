// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.trace.RequestTrace;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends the spans of sampled requests to a collector. Event loops make the bytes, a thread of its
 * own sends them; where that is too slow, or the collector takes none, spans are dropped and
 * counted, and nobody waits. Thread-safe.
 */
public final class SpanExport implements RequestObserver, AutoCloseable {
  /** The spans of one request. */
  private record Spans(byte[] fields, int count) {}

  private static final Logger LOG = System.getLogger(SpanExport.class.getName());
  private static final int BATCH = 512;
  private static final int BATCH_BYTES = 1 << 20;
  private static final long CLOSE_MILLIS = 2000;
  private static final String SCHEMA = "https://opentelemetry.io/schemas/1.37.0";

  private final OtlpOptions options;
  private final Collector collector;
  private final BlockingQueue<Spans> waiting;
  private final byte[] resource;
  private final byte[] scope;
  private final LongAdder exported = new LongAdder();
  private final LongAdder overflowed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final Thread sender;
  private volatile boolean closed;
  private boolean failing;

  private SpanExport(OtlpOptions options) {
    this.options = options;
    collector = new Collector(options);
    waiting = new ArrayBlockingQueue<>(options.maxWaiting());
    resource = resource(options);
    scope = scope();
    sender = Thread.ofPlatform().daemon().name("otlp-export").unstarted(this::sendLoop);
  }

  /** Sends from now on. */
  public static SpanExport start(OtlpOptions options) {
    SpanExport export = new SpanExport(options);
    export.sender.start();
    return export;
  }

  @Override
  public void served(ServedRequest request) {
    RequestTrace trace = request.trace();
    if (trace == null || !trace.isSampled()) {
      return;
    }
    SpanWriter writer = new SpanWriter(request, trace);
    int count = writer.count();
    if (closed
        || waiting.remainingCapacity() == 0
        || !waiting.offer(new Spans(writer.write(), count))) {
      overflowed.add(count);
    }
  }

  /** Spans that the collector took. */
  public long exported() {
    return exported.sum();
  }

  /** Spans that were dropped because too many waited. */
  public long overflowed() {
    return overflowed.sum();
  }

  /** Spans that were dropped because the collector could not be reached or refused the request. */
  public long failed() {
    return failed.sum();
  }

  /** Spans that the collector received and did not keep. */
  public long rejected() {
    return rejected.sum();
  }

  /** Sends what waits, for two seconds at most, and ends. */
  @Override
  public void close() {
    closed = true;
    sender.interrupt();
    try {
      sender.join(CLOSE_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    collector.close();
  }

  private void sendLoop() {
    List<Spans> batch = new ArrayList<>(BATCH);
    try {
      while (!closed) {
        collect(batch);
        send(batch);
      }
    } catch (InterruptedException ending) {
      LOG.log(Level.DEBUG, "the export of spans ends");
    }
    sendLast(batch);
  }

  /** What waits now, without a second try. */
  private void sendLast(List<Spans> batch) {
    boolean unused = Thread.interrupted();
    waiting.drainTo(batch);
    try {
      send(batch);
    } catch (InterruptedException again) {
      failed.add(count(batch));
    }
  }

  /** Waits for a first span, and a while for more. */
  private void collect(List<Spans> batch) throws InterruptedException {
    Spans next = waiting.take();
    long end = System.nanoTime() + options.delay().toNanos();
    int bytes = 0;
    while (next != null) {
      batch.add(next);
      bytes += next.fields.length;
      if (batch.size() >= BATCH || bytes >= BATCH_BYTES) {
        return;
      }
      next = waiting.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  private void send(List<Spans> batch) throws InterruptedException {
    if (batch.isEmpty()) {
      return;
    }
    int count = count(batch);
    Collector.Result result = collector.post(message(batch), !closed);
    batch.clear();
    switch (result) {
      case Collector.Result.Taken taken -> {
        long refused = Math.min(count, taken.rejected());
        rejected.add(refused);
        exported.add(count - refused);
        failing = false;
      }
      case Collector.Result.Lost lost -> {
        failed.add(count);
        if (!failing) {
          failing = true;
          LOG.log(
              Level.WARNING,
              "spans do not reach the collector, which is to be checked: {0} endpoint={1}",
              lost.reason(),
              options.target());
        }
      }
    }
  }

  private static int count(List<Spans> batch) {
    int count = 0;
    for (Spans spans : batch) {
      count += spans.count;
    }
    return count;
  }

  /** An ExportTraceServiceRequest. */
  private byte[] message(List<Spans> batch) {
    ProtoWriter out = new ProtoWriter(16_384);
    int resourceSpans = out.begin(1);
    out.raw(resource);
    int scopeSpans = out.begin(2);
    out.raw(scope);
    for (Spans spans : batch) {
      out.raw(spans.fields);
    }
    out.text(3, SCHEMA);
    out.end(scopeSpans);
    out.text(3, SCHEMA);
    out.end(resourceSpans);
    return out.toBytes();
  }

  private static byte[] resource(OtlpOptions options) {
    ProtoWriter out = new ProtoWriter(256);
    int message = out.begin(1);
    options.resource().forEach((key, value) -> SpanWriter.attribute(out, 1, key, value));
    out.end(message);
    return out.toBytes();
  }

  private static byte[] scope() {
    ProtoWriter out = new ProtoWriter(64);
    int message = out.begin(1);
    out.text(1, "dev.fairway.ingress");
    out.end(message);
    return out.toBytes();
  }
}
