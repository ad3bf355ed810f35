// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * Logs requests. Lines are made by the event loops and written by a thread of its own; where that
 * is too slow, lines are dropped and counted, and nobody waits. Thread-safe.
 */
public final class AccessLog implements RequestObserver, AutoCloseable {
  /** Receives text that consists of whole lines. */
  public interface Sink extends AutoCloseable {
    void write(String lines) throws IOException;

    @Override
    void close() throws IOException;
  }

  private static final Logger LOG = System.getLogger(AccessLog.class.getName());
  private static final int MAX_WAITING = 16_384;
  private static final int MAX_LINE = 16_384;
  private static final int BATCH = 512;
  private static final long CLOSE_MILLIS = 2000;

  private final AccessLogOptions options;
  private final LineWriter format;
  private final Sink sink;
  private final InstantSource clock;
  private final BlockingQueue<String> waiting;
  private final LongAdder written = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final Thread writer;
  private volatile boolean closed;
  private boolean failing;

  /** Logs from now on. */
  public static AccessLog start(AccessLogOptions options, Sink sink, InstantSource clock) {
    AccessLog log = new AccessLog(options, sink, clock, MAX_WAITING);
    log.writer.start();
    return log;
  }

  AccessLog(AccessLogOptions options, Sink sink, InstantSource clock, int maxWaiting) {
    this.options = options;
    this.sink = sink;
    this.clock = clock;
    format = options.format().writer(options);
    waiting = new ArrayBlockingQueue<>(maxWaiting);
    writer = Thread.ofPlatform().daemon().name("access-log").unstarted(this::writeLoop);
  }

  @Override
  public void served(ServedRequest request) {
    if (!options.wants(request)) {
      return;
    }
    if (closed || waiting.remainingCapacity() == 0) {
      dropped.increment();
      return;
    }
    StringBuilder line = new StringBuilder(320);
    format.write(line, request, clock.instant());
    if (line.length() > MAX_LINE) {
      line.setLength(MAX_LINE);
    }
    line.append('\n');
    if (!waiting.offer(line.toString())) {
      dropped.increment();
    }
  }

  /** Lines that were written. */
  public long written() {
    return written.sum();
  }

  /** Lines that were not written because there were too many, or because writing failed. */
  public long dropped() {
    return dropped.sum();
  }

  /** Writes what waits, for two seconds at most, and ends. */
  @Override
  public void close() {
    closed = true;
    writer.interrupt();
    try {
      writer.join(CLOSE_MILLIS);
      sink.close();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IOException notClosed) {
      LOG.log(Level.WARNING, "the access log was not closed: {0}", notClosed.getMessage());
    }
  }

  private void writeLoop() {
    List<String> batch = new ArrayList<>(BATCH);
    while (!closed) {
      try {
        batch.add(waiting.take());
      } catch (InterruptedException interrupted) {
        break;
      }
      writeAll(batch);
    }
    boolean unused = Thread.interrupted();
    writeAll(batch);
  }

  /** Writes the batch and what else waits. */
  private void writeAll(List<String> batch) {
    do {
      waiting.drainTo(batch, BATCH - batch.size());
      write(batch);
      batch.clear();
    } while (!waiting.isEmpty());
  }

  private void write(List<String> batch) {
    if (batch.isEmpty()) {
      return;
    }
    try {
      sink.write(String.join("", batch));
      written.add(batch.size());
      failing = false;
    } catch (IOException lost) {
      dropped.add(batch.size());
      if (!failing) {
        failing = true;
        LOG.log(Level.WARNING, "the access log cannot be written: {0}", lost.getMessage());
      }
    }
  }
}
