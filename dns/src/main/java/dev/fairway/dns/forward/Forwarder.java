// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.UpstreamMessage;
import dev.fairway.dns.wire.WireName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
  private final DnsMetrics allMetrics;
  private final ForwardMetrics metrics;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final RouteTable routes;
  private final AnswerCache cache;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("dns-timer").factory());
  private final ErrorLog errors;
  private final Probes probes;
  private final LoopGuard loops;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Lookup, PendingLookup> underWay = new HashMap<>();
  private int waiting;

  /**
   * A forwarder.
   *
   * @param random unpredictable and thread-safe, for the identifiers of questions
   */
  public Forwarder(
      ForwardOptions options, DnsMetrics metrics, LongSupplier nanoTime, RandomGenerator random) {
    this.options = options;
    this.allMetrics = metrics;
    this.metrics = metrics.forward();
    this.nanoTime = nanoTime;
    this.random = random;
    this.cache =
        new AnswerCache(
            options.cacheEntries(),
            options.cacheBytes(),
            random.nextLong(),
            nanoTime,
            this.metrics);
    this.routes =
        new RouteTable(options.routes(), group -> new UpstreamSet(group, random, this.metrics));
    this.errors =
        new ErrorLog(options.errors(), timer, nanoTime, (level, text) -> LOG.log(level, text));
    OwnQuestions questions = new OwnQuestions(timer, this::exchange, nanoTime);
    this.probes = new Probes(questions, nanoTime, this.metrics);
    this.loops = new LoopGuard(questions, this.metrics);
    for (RouteTable.Route route : routes.routes()) {
      for (UpstreamSet group : route.groups()) {
        loops.watch(route.zone().toString(), group, random);
      }
    }
  }

  /** Begins to look for loops; once this server listens, so that it can see them. */
  public void start() {
    loops.start();
  }

  private UpstreamExchange exchange(Upstream upstream, UpstreamGroup.Connections connections) {
    return new UpstreamExchange(upstream, connections, random, nanoTime, metrics);
  }

  /** Whether names like this are not looked up. */
  public boolean refuses(WireName name) {
    RouteTable.Route route = routes.find(name);
    return route == null || route.refuses(name);
  }

  /** Whether a query is one with which this server looks for loops. */
  public boolean isOwnProbe(Query query) {
    return loops.isOwn(query);
  }

  /**
   * What is known without asking. Does not allocate, unless the answer is fetched again.
   *
   * @param out is filled in
   * @return whether anything is known
   */
  public boolean cached(Query query, LookupResult out) {
    CacheEntry entry = cache.find(query);
    if (entry == null) {
      metrics.cacheMiss();
      return false;
    }
    long now = nanoTime.getAsLong();
    if (!entry.isFresh(now)) {
      return cachedStale(entry, now, () -> Lookup.of(query), out);
    }
    entry.answer(now, out);
    count(entry);
    if (entry.hit(now)) {
      metrics.prefetch();
      refresh(entry, Lookup.of(query));
    }
    return true;
  }

  /** What is known without asking, null if nothing. */
  public @Nullable LookupResult cached(Lookup lookup) {
    CacheEntry entry = cache.find(lookup);
    LookupResult out = new LookupResult();
    long now = nanoTime.getAsLong();
    if (entry == null) {
      metrics.cacheMiss();
      return null;
    }
    if (!entry.isFresh(now)) {
      return cachedStale(entry, now, () -> lookup, out) ? out : null;
    }
    entry.answer(now, out);
    count(entry);
    if (entry.hit(now)) {
      metrics.prefetch();
      refresh(entry, lookup);
    }
    return out;
  }

  private void count(CacheEntry entry) {
    metrics.cacheHit(entry.isPositive() ? ForwardMetrics.Kind.SUCCESS : ForwardMetrics.Kind.DENIAL);
  }

  /** An answer past its end is used at once where nobody is to wait, or upstreams just failed. */
  private boolean cachedStale(
      CacheEntry entry, long now, Supplier<Lookup> lookup, LookupResult out) {
    boolean quiet = entry.quietUntil - now > 0;
    boolean atOnce = entry.policy.stale().patience().isZero() || quiet;
    if (!atOnce || !entry.isUsable(now) || entry.message == null) {
      metrics.cacheMiss();
      return false;
    }
    entry.answerStale(out);
    entry.used = true;
    metrics.servedStale();
    count(entry);
    if (!quiet && !entry.fetching) {
      entry.fetching = true;
      refresh(entry, lookup.get());
    }
    return true;
  }

  /** An entry that was replaced stays marked: who still holds it must not fetch it once more. */
  private void refresh(CacheEntry entry, Lookup lookup) {
    resolve(
        lookup,
        _ -> {
          if (cache.find(lookup) == entry) {
            entry.fetching = false;
          }
        });
  }

  /**
   * Asks upstreams and caches the result.
   *
   * @param done called exactly once, on any thread, possibly before this returns
   */
  public void resolve(Lookup lookup, Consumer<LookupResult> done) {
    PendingLookup first = null;
    boolean accepted = false;
    lock.lock();
    try {
      PendingLookup present = underWay.get(lookup);
      if (waiting < options.maxConcurrent() * WAITERS_PER_LOOKUP) {
        if (present != null) {
          present.add(done);
          accepted = true;
        } else if (underWay.size() < options.maxConcurrent()) {
          first = new PendingLookup(done);
          underWay.put(lookup, first);
          accepted = true;
        }
      }
      waiting += accepted ? 1 : 0;
    } finally {
      lock.unlock();
    }
    if (!accepted) {
      metrics.reject();
      done.accept(overflow(lookup));
    } else if (first != null) {
      start(lookup);
    }
  }

  /** What a client gets for whose lookup there is no room: what is left of an old answer. */
  private LookupResult overflow(Lookup lookup) {
    CacheEntry entry = cache.find(lookup);
    if (entry != null && entry.message != null && entry.isUsable(nanoTime.getAsLong())) {
      LookupResult old = new LookupResult();
      entry.answerStale(old);
      metrics.servedStale();
      return old;
    }
    return LookupResult.overloaded();
  }

  private void start(Lookup lookup) {
    try {
      threads.execute(() -> run(lookup));
      answerLateOnesFromCache(lookup);
    } catch (RejectedExecutionException e) {
      finish(lookup, LookupResult.failed());
    }
  }

  /** RFC 8767 5: after a while, who waits gets the old answer, and the lookup goes on. */
  private void answerLateOnesFromCache(Lookup lookup) {
    CacheEntry entry = cache.find(lookup);
    if (entry == null || entry.message == null || !entry.isUsable(nanoTime.getAsLong())) {
      return;
    }
    long patience = entry.policy.stale().patience().toNanos();
    timer.schedule(
        () -> {
          List<Consumer<LookupResult>> waiters = takeWaiters(lookup, false);
          LookupResult old = new LookupResult();
          entry.answerStale(old);
          waiters.forEach(waiter -> metrics.servedStale());
          tell(waiters, old);
        },
        patience,
        TimeUnit.NANOSECONDS);
  }

  private void run(Lookup lookup) {
    LookupResult result = LookupResult.failed();
    try {
      RouteTable.Route route = routes.find(lookup.wireName());
      if (route != null) {
        UpstreamMessage message = ask(lookup, route);
        result = cache.put(lookup, message, route.cache());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      allMetrics.panic();
      LOG.log(System.Logger.Level.ERROR, "lookup failed", e);
    } finally {
      finish(lookup, result);
    }
  }

  /** Asks the groups of a route until one does not send on to the next. */
  private @Nullable UpstreamMessage ask(Lookup lookup, RouteTable.Route route)
      throws InterruptedException {
    long deadline = nanoTime.getAsLong() + options.totalTimeout().toNanos();
    UpstreamMessage last = null;
    for (UpstreamSet group : route.groups()) {
      if (!group.acquire()) {
        metrics.reject();
        return last;
      }
      try {
        UpstreamMessage message =
            new HedgedAsk(
                    lookup,
                    group,
                    this::exchange,
                    nanoTime,
                    metrics,
                    (upstream, reason) -> {
                      errors.error(() -> failure(lookup, upstream, reason));
                      probes.failed(upstream, group.options());
                    })
                .ask(deadline);
        last = message == null ? last : message;
        if (message == null
            || !group
                .options()
                .failover()
                .isForNext(message.rcode(), HedgedAsk.isNodata(message))) {
          return last;
        }
      } finally {
        group.release();
      }
    }
    return last;
  }

  private static String failure(Lookup lookup, Upstream upstream, Exception reason) {
    return "name="
        + lookup.wireName()
        + " type="
        + RecordType.text(lookup.type())
        + " upstream="
        + upstream.label()
        + ": "
        + reason.getMessage();
  }

  private void finish(Lookup lookup, LookupResult result) {
    tell(takeWaiters(lookup, true), result);
  }

  private List<Consumer<LookupResult>> takeWaiters(Lookup lookup, boolean ended) {
    lock.lock();
    try {
      PendingLookup present = ended ? underWay.remove(lookup) : underWay.get(lookup);
      List<Consumer<LookupResult>> waiters = present == null ? List.of() : present.take();
      waiting -= waiters.size();
      return waiters;
    } finally {
      lock.unlock();
    }
  }

  private static void tell(List<Consumer<LookupResult>> waiters, LookupResult result) {
    for (Consumer<LookupResult> waiter : waiters) {
      try {
        waiter.accept(result);
      } catch (RuntimeException e) {
        // The event loop is gone, and with it the client.
        LOG.log(System.Logger.Level.DEBUG, "nobody waits for a lookup any more", e);
      }
    }
  }

  /** Stops once nothing is under way any more, for another forwarder has taken over. */
  public void closeWhenIdle() {
    timer.schedule(this::close, 2 * options.totalTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Stops all lookups; those who wait get a failure. */
  @Override
  public void close() {
    threads.shutdownNow();
    timer.shutdownNow();
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
    routes.routes().forEach(route -> route.groups().forEach(UpstreamSet::close));
  }
}
