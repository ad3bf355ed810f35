// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes Events about pods, from a bounded queue on one virtual thread; the same event again counts
 * up the first one. Thread-safe.
 */
final class EventRecorder implements AutoCloseable {
  private static final Logger LOG = System.getLogger(EventRecorder.class.getName());
  private static final int MAX_KNOWN = 1024;

  private record Entry(
      Pod pod, String container, String type, String reason, String message, Instant at) {}

  private record Key(String uid, String container, String reason, String message) {}

  private record Known(String name, int count) {}

  private final KubeClient client;
  private final String nodeName;
  private final InstantSource clock;
  private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(1000);
  private final AtomicLong serial = new AtomicLong();
  private final Map<Key, Known> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Known> eldest) {
          return size() > MAX_KNOWN;
        }
      };
  private @Nullable Thread writer;

  EventRecorder(KubeClient client, String nodeName, InstantSource clock) {
    this.client = client;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  void start() {
    writer = Thread.ofVirtual().name("events").start(this::run);
  }

  /** Something as it should be. */
  void normal(Pod pod, String container, String reason, String message) {
    add(pod, container, "Normal", reason, message);
  }

  /** Something a person may have to look at. */
  void warning(Pod pod, String container, String reason, String message) {
    add(pod, container, "Warning", reason, message);
  }

  private void add(Pod pod, String container, String type, String reason, String message) {
    String bounded = message.length() > 1024 ? message.substring(0, 1024) : message;
    if (!queue.offer(new Entry(pod, container, type, reason, bounded, clock.instant()))) {
      LOG.log(Level.DEBUG, "event dropped, the queue is full");
    }
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        write(queue.take());
      } catch (InterruptedException _) {
        return;
      } catch (KubeApiException | IOException e) {
        LOG.log(Level.DEBUG, "event not written", e);
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "event not written", e);
      }
    }
  }

  private void write(Entry entry) throws KubeApiException, IOException, InterruptedException {
    String namespace = entry.pod().metadata().namespace();
    Key key =
        new Key(entry.pod().metadata().uid(), entry.container(), entry.reason(), entry.message());
    String at = entry.at().truncatedTo(ChronoUnit.SECONDS).toString();
    Known before = known.get(key);
    if (before != null) {
      ObjectNode patch = KubeCodec.json().createObjectNode();
      patch.put("count", before.count() + 1).put("lastTimestamp", at);
      try {
        client.patch(Resource.EVENTS, namespace, before.name(), null, PatchType.MERGE, patch);
        known.put(key, new Known(before.name(), before.count() + 1));
        return;
      } catch (KubeApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    String name =
        entry.pod().metadata().name()
            + "."
            + Long.toHexString(
                entry.at().toEpochMilli() << 12 | (serial.getAndIncrement() & 0xfff));
    client.create(Resource.EVENTS, namespace, event(entry, name, at));
    known.put(key, new Known(name, 1));
  }

  private ObjectNode event(Entry entry, String name, String at) {
    ObjectNode event = KubeCodec.json().createObjectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event
        .putObject("metadata")
        .put("name", name)
        .put("namespace", entry.pod().metadata().namespace());
    ObjectNode about = event.putObject("involvedObject");
    about
        .put("apiVersion", "v1")
        .put("kind", "Pod")
        .put("namespace", entry.pod().metadata().namespace())
        .put("name", entry.pod().metadata().name())
        .put("uid", entry.pod().metadata().uid())
        .put("resourceVersion", entry.pod().metadata().resourceVersion());
    if (!entry.container().isEmpty()) {
      about.put("fieldPath", "spec.containers{" + entry.container() + "}");
    }
    event
        .put("type", entry.type())
        .put("reason", entry.reason())
        .put("message", entry.message())
        .put("count", 1)
        .put("firstTimestamp", at)
        .put("lastTimestamp", at)
        .put("reportingComponent", "kubelet")
        .put("reportingInstance", nodeName);
    event.putObject("source").put("component", "kubelet").put("host", nodeName);
    return event;
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.interrupt();
    }
  }
}
