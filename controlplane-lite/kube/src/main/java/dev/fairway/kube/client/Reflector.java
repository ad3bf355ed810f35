// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ReflectorListener.Replacement;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a listener up to date with one collection, whatever happens to the connection.
 *
 * <p>One virtual thread first asks for the whole collection, as a WatchList or, where the server
 * has none, as a LIST, and then watches for changes from that version on. A connection that ends is
 * taken up again at the last version seen. Where the server no longer has that version (410), the
 * whole collection is fetched again and handed over at once. Only {@link #close} ends the thread.
 */
public final class Reflector<T extends KubeObject> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Reflector.class.getName());
  private static final int MAX_EVENT_BYTES = 32 << 20;

  /** A server that sends nothing for so long instead of the initial events knows no WatchList. */
  private static final Duration INITIAL_IDLE = Duration.ofSeconds(30);

  /** A watch that lasted so long was a good one even if nothing happened. */
  private static final long GOOD_WATCH_NANOS = Duration.ofSeconds(1).toNanos();

  private final KubeClient client;
  private final Resource<T> resource;
  private final ListOptions selector;
  private final ReflectorListener<T> listener;
  private final ReflectorOptions options;
  private final Timers timers;
  private final GuardedConnections connections;
  private final Backoff backoff;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean synced;
  private volatile boolean closed;
  private volatile @Nullable Thread thread;

  // Of the reflector's thread alone.
  private String version = "";
  private boolean watchList;
  private boolean listOnce;
  private boolean progress;
  private long watchingSince;
  private int failures;

  public Reflector(
      KubeClient client,
      Resource<T> resource,
      ListOptions selector,
      ReflectorListener<T> listener,
      ReflectorOptions options) {
    this.client = client;
    this.resource = resource;
    this.selector = selector;
    this.listener = listener;
    this.options = options;
    this.timers = options.timers();
    this.connections = new GuardedConnections(client, timers);
    this.backoff = new Backoff(options.backoffMin(), options.backoffMax(), options.random());
    this.watchList = options.watchList();
  }

  /**
   * Starts the thread.
   *
   * @throws IllegalStateException if it was started before
   */
  public void start() {
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("already started");
    }
    thread = Thread.ofVirtual().name("reflector-" + resource.plural()).start(this::run);
    if (closed) {
      close();
    }
  }

  /** Whether the listener was given the whole collection at least once. */
  public boolean hasSynced() {
    return synced;
  }

  /**
   * Ends the thread. A call of the listener that is under way ends in its own time; no further one
   * follows.
   */
  @Override
  public void close() {
    closed = true;
    connections.close();
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  /** Whether the thread has ended, or ends within the time. */
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    Thread running = thread;
    return running == null || running.join(atMost);
  }

  private void run() {
    while (!closed) {
      Duration pause;
      try {
        follow();
        pause = pauseAfter(null);
      } catch (KubeApiException | IOException | InterruptedException | RuntimeException e) {
        pause = pauseAfter(e);
      }
      // The idle guard may have interrupted this thread; so does close(), after setting the flag.
      Thread.interrupted();
      if (closed || pause.isZero()) {
        continue;
      }
      try {
        timers.sleep(pause);
      } catch (InterruptedException e) {
        LOG.log(Level.DEBUG, "{0}: woken", resource.plural());
      }
    }
  }

  /** One connection, or one LIST. Returns when it ended in good order. */
  private void follow() throws KubeApiException, IOException, InterruptedException {
    progress = false;
    watchingSince = 0;
    if (!version.isEmpty()) {
      watch();
    } else if (watchList && !listOnce) {
      watchFromTheStart();
    } else {
      list();
    }
  }

  private void list() throws KubeApiException, IOException, InterruptedException {
    Pages pages = new Pages();
    String at =
        client.list(
            resource,
            options.namespace(),
            selector.withLimit(options.pageSize()),
            path -> connections.open(path, options.idleTimeout()),
            pages);
    if (at.isEmpty()) {
      throw new IOException("the list has no resourceVersion");
    }
    replace(pages.collected, at);
    watch();
  }

  private void watch() throws KubeApiException, IOException, InterruptedException {
    String path = watchQuery().add("resourceVersion", version).toString();
    stream(path, options.idleTimeout(), null);
  }

  private void watchFromTheStart() throws KubeApiException, IOException, InterruptedException {
    String path =
        watchQuery()
            .add("sendInitialEvents", "true")
            .add("resourceVersionMatch", "NotOlderThan")
            .toString();
    Duration idle =
        options.idleTimeout().compareTo(INITIAL_IDLE) < 0 ? options.idleTimeout() : INITIAL_IDLE;
    try {
      stream(path, idle, listener.replacement());
    } catch (KubeApiException e) {
      if (!version.isEmpty() || !isRefusalOfWatchList(e)) {
        throw e;
      }
      LOG.log(Level.DEBUG, "{0}: no WatchList: {1}", resource.plural(), e.getMessage());
      watchList = false;
      list();
    } finally {
      // A stream without an end of the initial events: an older server takes it for a plain watch.
      listOnce = watchingSince != 0 && version.isEmpty();
    }
  }

  private static boolean isRefusalOfWatchList(KubeApiException e) {
    return switch (e.code()) {
      case 400, 405, 406, 415, 422 -> true;
      default -> false;
    };
  }

  private KubeClient.Query watchQuery() {
    long seconds = options.watchTimeout().toSeconds();
    long jittered = Math.max(1, Math.round(seconds * (1 + options.random().nextDouble())));
    return new KubeClient.Query(resource.path(options.namespace()))
        .selection(selector)
        .add("watch", "true")
        .add("allowWatchBookmarks", "true")
        .add("timeoutSeconds", Long.toString(jittered));
  }

  /**
   * Reads events until the stream ends.
   *
   * @param initial gets the initial events of a WatchList; null in a plain watch
   */
  private void stream(String path, Duration idle, @Nullable Replacement<T> initial)
      throws KubeApiException, IOException, InterruptedException {
    Replacement<T> pending = initial;
    try (ApiResponse response = connections.open(path, idle)) {
      watchingSince = timers.nanoTime();
      LineReader lines = new LineReader(response.body(), MAX_EVENT_BYTES);
      while (!closed && lines.advance()) {
        if (lines.isTooLong()) {
          LOG.log(Level.WARNING, "{0}: skipped an event without end", resource.plural());
          continue;
        }
        WatchEvent<T> event =
            WatchEvent.parse(resource, lines.bytes(), lines.offset(), lines.length());
        if (event instanceof WatchEvent.Broken && !lines.isComplete()) {
          throw new IOException("the connection ended within an event");
        }
        if (pending == null) {
          apply(event);
          progress = true;
        } else if (collect(event, pending)) {
          pending = null;
          connections.allowIdle(options.idleTimeout());
          watchingSince = timers.nanoTime();
        }
      }
    }
  }

  /** Takes one of the initial events; true once they are complete. */
  private boolean collect(WatchEvent<T> event, Replacement<T> initial) throws KubeApiException {
    switch (event) {
      case WatchEvent.Upsert<T>(T object) -> tell(() -> initial.add(object));
      case WatchEvent.Delete<T>(T last) -> tell(() -> initial.remove(last.key()));
      case WatchEvent.Bookmark<T>(String at, boolean endsInitialEvents) -> {
        if (endsInitialEvents && !at.isEmpty()) {
          replace(initial, at);
          return true;
        }
      }
      case WatchEvent.Failure<T>(KubeApiException error) -> throw error;
      case WatchEvent.Broken<T> broken -> logBroken(broken);
    }
    return false;
  }

  private void apply(WatchEvent<T> event) throws KubeApiException {
    switch (event) {
      case WatchEvent.Upsert<T>(T object) -> {
        tell(() -> listener.onUpsert(object));
        advanceTo(object.metadata().resourceVersion());
      }
      case WatchEvent.Delete<T>(T last) -> {
        tell(() -> listener.onDelete(last));
        advanceTo(last.metadata().resourceVersion());
      }
      case WatchEvent.Bookmark<T> bookmark -> advanceTo(bookmark.resourceVersion());
      case WatchEvent.Failure<T>(KubeApiException error) -> throw error;
      case WatchEvent.Broken<T> broken -> {
        logBroken(broken);
        advanceTo(broken.resourceVersion());
      }
    }
  }

  private void logBroken(WatchEvent.Broken<T> broken) {
    LOG.log(Level.WARNING, "skipped a broken event: {0}", broken.problem());
  }

  private void advanceTo(String newVersion) {
    if (!newVersion.isEmpty()) {
      version = newVersion;
    }
  }

  private void replace(Replacement<T> all, String at) {
    tell(() -> all.complete(at));
    version = at;
    listOnce = false;
    synced = true;
  }

  /** A LIST in pages; it begins anew where the server lost the place of the next page. */
  private final class Pages implements KubeClient.PageReader<T> {
    Replacement<T> collected = listener.replacement();

    @Override
    public void begin() {
      collected = listener.replacement();
    }

    @Override
    public void add(List<T> items) {
      for (T item : items) {
        tell(() -> collected.add(item));
      }
    }
  }

  private void tell(Runnable call) {
    if (closed) {
      return;
    }
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, resource.plural() + ": the listener failed", e);
    }
  }

  /** How long to wait before the next try, zero after a connection that did its work. */
  private Duration pauseAfter(@Nullable Exception problem) {
    int askedSeconds = 0;
    if (problem instanceof KubeApiException refused) {
      askedSeconds = Math.clamp(refused.retryAfterSeconds(), 0, 60);
      if (isExpired(refused)) {
        version = "";
      }
    }
    boolean good =
        progress || (watchingSince != 0 && timers.nanoTime() - watchingSince >= GOOD_WATCH_NANOS);
    failures = good || problem == null ? 0 : failures + 1;
    if (good) {
      backoff.reset();
    }
    Duration pause = good && askedSeconds == 0 ? Duration.ZERO : backoff.next();
    if (pause.toSeconds() < askedSeconds) {
      pause = Duration.ofSeconds(askedSeconds);
    }
    if (problem instanceof RuntimeException) {
      LOG.log(Level.ERROR, resource.plural() + ": unexpected", problem);
    } else if (problem != null && !closed) {
      // The first of a row of failures and those at the longest wait; a restart of the server is
      // over before that.
      boolean notable = failures == 1 || pause.compareTo(options.backoffMax()) >= 0;
      Level level = notable && !isExpired(problem) ? Level.WARNING : Level.DEBUG;
      LOG.log(level, "{0}: {1}; again in {2}", resource.plural(), describe(problem), pause);
    }
    return pause;
  }

  /** The message of a problem; the JDK's connection errors have none. */
  private static String describe(Exception problem) {
    String message = problem.getMessage();
    return message == null || message.isEmpty() ? problem.getClass().getSimpleName() : message;
  }

  /** Whether the server no longer has, or after a restore not yet has, our version. */
  private static boolean isExpired(Exception problem) {
    return problem instanceof KubeApiException e
        && (e.isGone()
            || e.reason().equals("Expired")
            || e.reason().equals("Gone")
            || String.valueOf(e.getMessage()).contains("Too large resource version"));
  }
}
