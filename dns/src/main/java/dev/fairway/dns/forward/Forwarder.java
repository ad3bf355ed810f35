// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Looks names up at upstreams. Equal questions that are under way are asked once; lookups are
 * bounded in number and time; whatever happens, every question gets a result. Thread-safe.
 */
public final class Forwarder implements AutoCloseable {
  /** Clients that may wait for each lookup on average. */
  private static final int WAITERS_PER_LOOKUP = 16;

  private static final System.Logger LOG = System.getLogger(Forwarder.class.getName());

  private final ForwardOptions options;
  private final DnsMetrics metrics;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final AnswerCache cache;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Lookup, List<Consumer<LookupResult>>> underWay = new HashMap<>();
  private final AtomicInteger preferred = new AtomicInteger();
  private int waiting;

  /**
   * A forwarder.
   *
   * @param random unpredictable and thread-safe, for the identifiers of questions
   */
  public Forwarder(
      ForwardOptions options, DnsMetrics metrics, LongSupplier nanoTime, RandomGenerator random) {
    this.options = options;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.random = random;
    this.cache = new AnswerCache(options.cacheEntries(), options.cacheBytes(), nanoTime);
  }

  /** What is known without asking, null if nothing. */
  public @Nullable LookupResult cached(Lookup lookup) {
    LookupResult result = cache.get(lookup);
    if (result == null) {
      metrics.cacheMiss();
    } else {
      metrics.cacheHit();
    }
    return result;
  }

  /**
   * Asks upstreams and caches the result.
   *
   * @param done called exactly once, on any thread, possibly before this returns
   */
  public void resolve(Lookup lookup, Consumer<LookupResult> done) {
    boolean first = false;
    boolean accepted = false;
    lock.lock();
    try {
      List<Consumer<LookupResult>> waiters = underWay.get(lookup);
      if (waiting < options.maxConcurrent() * WAITERS_PER_LOOKUP) {
        if (waiters != null) {
          waiters.add(done);
          accepted = true;
        } else if (underWay.size() < options.maxConcurrent()) {
          underWay.put(lookup, new ArrayList<>(List.of(done)));
          first = true;
          accepted = true;
        }
      }
      waiting += accepted ? 1 : 0;
    } finally {
      lock.unlock();
    }
    if (!accepted) {
      metrics.forwardReject();
      done.accept(LookupResult.failed());
    } else if (first) {
      start(lookup);
    }
  }

  private void start(Lookup lookup) {
    try {
      threads.execute(() -> run(lookup));
    } catch (RejectedExecutionException e) {
      finish(lookup, LookupResult.failed());
    }
  }

  private void run(Lookup lookup) {
    LookupResult result = LookupResult.failed();
    try {
      UpstreamMessage message = ask(lookup);
      cache.put(lookup, message);
      result = new LookupResult(message, 0);
    } catch (RuntimeException e) {
      metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "lookup failed", e);
    } finally {
      finish(lookup, result);
    }
  }

  private void finish(Lookup lookup, LookupResult result) {
    List<Consumer<LookupResult>> waiters;
    lock.lock();
    try {
      List<Consumer<LookupResult>> present = underWay.remove(lookup);
      waiters = present == null ? List.of() : present;
      waiting -= waiters.size();
    } finally {
      lock.unlock();
    }
    for (Consumer<LookupResult> waiter : waiters) {
      try {
        waiter.accept(result);
      } catch (RuntimeException e) {
        // The event loop is gone, and with it the client.
        LOG.log(System.Logger.Level.DEBUG, "nobody waits for a lookup any more", e);
      }
    }
  }

  /** The first good answer; else the last one that says why there is none; null for silence. */
  private @Nullable UpstreamMessage ask(Lookup lookup) {
    long end = nanoTime.getAsLong() + options.totalTimeout().toNanos();
    List<UpstreamAddress> upstreams = options.routes().getFirst().groups().getFirst().upstreams();
    int count = upstreams.size();
    int start = Math.floorMod(preferred.get(), count);
    UpstreamMessage last = null;
    for (int attempt = 0; attempt < 2 * count && end - nanoTime.getAsLong() > 0; attempt++) {
      int index = (start + attempt) % count;
      InetSocketAddress upstream = upstreams.get(index).address();
      long now = nanoTime.getAsLong();
      long deadline =
          now
              + Math.min(
                  end - now,
                  options.routes().getFirst().groups().getFirst().attemptTimeout().toNanos());
      UpstreamMessage message = askOne(lookup, upstream, deadline);
      if (message != null) {
        last = message;
        if (message.rcode() == Rcode.NOERROR || message.rcode() == Rcode.NXDOMAIN) {
          preferred.set(index);
          return message;
        }
        if (attempt >= count - 1) {
          return message;
        }
      }
    }
    return last;
  }

  private @Nullable UpstreamMessage askOne(
      Lookup lookup, InetSocketAddress upstream, long deadline) {
    try {
      int id = random.nextInt(1 << 16);
      UpstreamMessage message =
          new UpstreamExchange(lookup, id, nanoTime, metrics).ask(upstream, deadline);
      if (message == null) {
        metrics.upstreamFailure();
      }
      return message;
    } catch (IOException e) {
      metrics.upstreamFailure();
      LOG.log(System.Logger.Level.DEBUG, () -> "upstream=" + upstream + " failed: " + e);
      return null;
    }
  }

  /** Stops all lookups; those who wait get a failure. */
  @Override
  public void close() {
    threads.shutdownNow();
    List<Lookup> left;
    lock.lock();
    try {
      left = List.copyOf(underWay.keySet());
    } finally {
      lock.unlock();
    }
    for (Lookup lookup : left) {
      finish(lookup, LookupResult.failed());
    }
  }
}
