// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Change;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.watch.CompactedException;
import dev.fairway.apiserver.watch.Selection;
import dev.fairway.apiserver.watch.Snapshot;
import dev.fairway.apiserver.watch.WatchCache;
import dev.fairway.apiserver.watch.WatchCursor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches: initial state if asked for, then changes as they are committed, and bookmarks. Each
 * watch reads the ring of its resource at its own pace; see {@link WatchCache}.
 */
final class WatchHandler {
  private static final long BOOKMARK_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long MIN_TIMEOUT_SECONDS = 1_800;
  private static final int BATCH = 256;

  private final ObjectRegistry registry;
  private final Semaphore slots;
  private final LongSupplier nanoClock;
  private final RandomGenerator random;

  WatchHandler(
      ObjectRegistry registry, int maxWatches, LongSupplier nanoClock, RandomGenerator random) {
    this.registry = registry;
    this.slots = new Semaphore(maxWatches);
    this.nanoClock = nanoClock;
    this.random = random;
  }

  /** What a watch request says. */
  private record Plan(
      WatchCursor cursor, @Nullable Snapshot initial, boolean bookmarks, boolean markInitialEnd) {}

  void watch(Call call) throws IOException, StatusException {
    if (!slots.tryAcquire()) {
      throw StatusException.tooManyRequests("Too many watches, please try again later.", 5);
    }
    try {
      Encoder encoder = call.encoder();
      Selection selection = selection(call);
      Plan plan = plan(call);
      long timeoutNanos = timeoutNanos(call);
      Thread self = Thread.currentThread();
      call.exchange().onAbort(self::interrupt);
      List<Exchange.Header> headers =
          List.of(
              new Exchange.Header("Content-Type", encoder.representation().contentType()),
              new Exchange.Header("Cache-Control", "no-cache, private"));
      try (OutputStream out = call.exchange().respond(200, headers, -1)) {
        out.flush();
        stream(plan, encoder, selection, out, nanoClock.getAsLong() + timeoutNanos);
      } catch (InterruptedException _) {
        throw new IOException("client went away");
      }
    } finally {
      slots.release();
    }
  }

  /** The selection; a watch of one object by path selects it by name. */
  private static Selection selection(Call call) throws StatusException {
    Selection selection = Selections.of(call);
    if (call.name().isEmpty()) {
      return selection;
    }
    try {
      return new Selection(
          selection.namespace(),
          selection.labels(),
          dev.fairway.apiserver.watch.FieldSelector.parse("metadata.name=" + call.name()),
          selection.fieldsOf());
    } catch (dev.fairway.apiserver.watch.SelectorSyntaxException e) {
      throw StatusException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private long timeoutNanos(Call call) throws StatusException {
    Long seconds = call.parameters().number("timeoutSeconds");
    if (seconds != null && seconds > 0) {
      return TimeUnit.SECONDS.toNanos(seconds);
    }
    return TimeUnit.SECONDS.toNanos(MIN_TIMEOUT_SECONDS + random.nextLong(MIN_TIMEOUT_SECONDS));
  }

  private Plan plan(Call call) throws StatusException {
    WatchCache cache = registry.cache(call.resource());
    boolean bookmarks = call.parameters().flag("allowWatchBookmarks");
    String version = call.parameters().text("resourceVersion");
    boolean list = initialEvents(call, version);
    boolean asked = call.parameters().has("sendInitialEvents");
    long wanted = Revisions.parse(version);
    Snapshot now = cache.snapshot();
    if (wanted > now.revision()) {
      throw Revisions.tooLarge(wanted, now.revision());
    }
    try {
      return list
          ? new Plan(cache.watch(now.revision()), now, bookmarks, asked && bookmarks)
          : new Plan(cache.watch(wanted == 0 ? now.revision() : wanted), null, bookmarks, false);
    } catch (CompactedException e) {
      throw StatusException.expired(String.valueOf(e.getMessage()));
    }
  }

  /** Whether the current state comes first, as ADDED events. */
  private static boolean initialEvents(Call call, String version) throws StatusException {
    String match = call.parameters().text("resourceVersionMatch");
    if (!call.parameters().has("sendInitialEvents")) {
      if (!match.isEmpty()) {
        throw StatusException.badRequest(
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless"
                + " sendInitialEvents is provided");
      }
      return version.isEmpty() || version.equals("0");
    }
    if (!match.equals("NotOlderThan")) {
      throw StatusException.badRequest(
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    return call.parameters().flag("sendInitialEvents");
  }

  private void stream(
      Plan plan, Encoder encoder, Selection selection, OutputStream out, long deadline)
      throws IOException, InterruptedException {
    if (plan.initial() != null) {
      sendInitial(plan, plan.initial(), encoder, selection, out);
    }
    WatchCursor cursor = plan.cursor();
    long told = cursor.revision();
    long nextBookmark = nanoClock.getAsLong() + BOOKMARK_NANOS;
    while (true) {
      long now = nanoClock.getAsLong();
      long wait = Math.min(deadline, nextBookmark) - now;
      List<Change> changes = cursor.next(BATCH, Math.max(0, wait));
      if (changes == null) {
        out.write(
            Encoder.error(StatusException.expired("the watch was too slow and lost changes")));
        return;
      }
      for (Change change : changes) {
        Selection.Event event = selection.event(change);
        if (event != null) {
          out.write(encoder.event(event.type().name(), event.object()));
          told = event.object().revision();
        }
      }
      if (!changes.isEmpty()) {
        out.flush();
      }
      now = nanoClock.getAsLong();
      boolean over = now - deadline >= 0 || cursor.ended();
      if (now - nextBookmark >= 0 || over) {
        nextBookmark = now + BOOKMARK_NANOS;
        if (plan.bookmarks() && cursor.revision() > told) {
          told = cursor.revision();
          out.write(encoder.bookmark(told, false));
          out.flush();
        }
      }
      if (over) {
        return;
      }
    }
  }

  private static void sendInitial(
      Plan plan, Snapshot initial, Encoder encoder, Selection selection, OutputStream out)
      throws IOException {
    List<StoredObject> objects = new ArrayList<>();
    initial
        .objects()
        .visit(
            selection.namespace(),
            "",
            "",
            object -> {
              if (selection.matches(object)) {
                objects.add(object);
              }
              return true;
            });
    for (StoredObject object : objects) {
      out.write(encoder.event("ADDED", object));
    }
    if (plan.markInitialEnd()) {
      out.write(encoder.bookmark(initial.revision(), true));
    }
    out.flush();
  }
}
