// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.Event;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes Events to the API on one virtual thread: the first of its kind is created, a repetition
 * raises its count. Bounded: a full queue drops, and one object gets at most a burst of 25 Events
 * and then one in five minutes, as client-go does. Thread-safe.
 */
public final class EventWriter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(EventWriter.class.getName());
  private static final int QUEUE = 2048;
  private static final int REMEMBERED = 4096;
  private static final int BURST = 25;
  private static final Duration REFILL = Duration.ofMinutes(5);

  record Note(
      ObjectReference about, String component, String type, String reason, String message) {}

  private record Known(String namespace, String name, int count) {}

  private record Budget(int left, Instant since) {}

  private final KubeClient client;
  private final InstantSource clock;
  private final ArrayBlockingQueue<Note> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Map<Note, Known> known = bounded();
  private final Map<String, Budget> budgets = bounded();
  private final AtomicLong dropped = new AtomicLong();
  private @Nullable Thread thread;

  /** A writer that is not running yet. */
  public EventWriter(KubeClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /** The recorder of one component, such as "replicaset-controller". */
  public EventRecorder recorder(String component) {
    return new EventRecorder(this, component);
  }

  /** Starts writing. */
  public void start() {
    thread = Thread.ofVirtual().name("event-writer").start(this::run);
  }

  /**
   * Events that were not written, because the queue was full, the budget spent or the API said no.
   */
  public long dropped() {
    return dropped.get();
  }

  /** Stops; what is still queued is lost. */
  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  void offer(Note note) {
    if (!queue.offer(note)) {
      dropped.incrementAndGet();
    }
  }

  /** Writes one queued Event, if there is one; for stepping by hand. */
  public boolean step() throws InterruptedException {
    Note note = queue.poll();
    if (note != null) {
      write(note);
    }
    return note != null;
  }

  private void run() {
    try {
      while (true) {
        write(queue.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void write(Note note) throws InterruptedException {
    if (!spend(note)) {
      dropped.incrementAndGet();
      return;
    }
    Instant now = clock.instant();
    Note series =
        new Note(
            withoutVersion(note.about()),
            note.component(),
            note.type(),
            note.reason(),
            note.message());
    try {
      Known before = known.get(series);
      if (before == null || !raise(before, series, now)) {
        create(note, series, now);
      }
    } catch (KubeApiException | IOException | RuntimeException e) {
      dropped.incrementAndGet();
      LOG.log(
          Level.DEBUG,
          "event not written, reason={0} object={1}/{2}: {3}",
          note.reason(),
          note.about().namespace(),
          note.about().name(),
          e.getMessage());
    }
  }

  private boolean raise(Known before, Note series, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = Trees.object();
    patch.put("count", before.count() + 1);
    patch.put("lastTimestamp", now.truncatedTo(ChronoUnit.SECONDS).toString());
    try {
      Event unused =
          client.patch(
              Resource.EVENTS, before.namespace(), before.name(), null, PatchType.MERGE, patch);
      known.put(series, new Known(before.namespace(), before.name(), before.count() + 1));
      return true;
    } catch (KubeApiException e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private void create(Note note, Note series, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    ObjectReference about = note.about();
    String namespace = about.namespace().isEmpty() ? "default" : about.namespace();
    ObjectNode tree = Trees.skeleton(Resource.EVENTS, namespace);
    String stamp = Long.toHexString(now.getEpochSecond() * 1_000_000_000L + now.getNano());
    Trees.child(tree, "metadata").put("generateName", about.name() + "." + stamp);
    tree.set("involvedObject", Trees.value(about));
    tree.put("type", note.type());
    tree.put("reason", note.reason());
    tree.put("message", note.message());
    tree.put("count", 1);
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    tree.put("firstTimestamp", time);
    tree.put("lastTimestamp", time);
    tree.putObject("source").put("component", note.component());
    tree.put("reportingComponent", note.component());
    tree.put("reportingInstance", "");
    Event created = client.create(Resource.EVENTS, namespace, tree);
    known.put(series, new Known(namespace, created.metadata().name(), 1));
  }

  private boolean spend(Note note) {
    String key = note.component() + "/" + note.about().uid() + "/" + note.about().name();
    Instant now = clock.instant();
    Budget budget = budgets.getOrDefault(key, new Budget(BURST, now));
    long refills = Duration.between(budget.since(), now).dividedBy(REFILL);
    if (refills > 0) {
      budget =
          new Budget(
              (int) Math.min(BURST, budget.left() + refills),
              budget.since().plus(REFILL.multipliedBy(refills)));
    }
    if (budget.left() == 0) {
      budgets.put(key, budget);
      return false;
    }
    budgets.put(key, new Budget(budget.left() - 1, budget.since()));
    return true;
  }

  private static ObjectReference withoutVersion(ObjectReference about) {
    return new ObjectReference(
        about.apiVersion(),
        about.kind(),
        about.namespace(),
        about.name(),
        about.uid(),
        "",
        about.fieldPath());
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>(64, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > REMEMBERED;
      }
    };
  }
}
