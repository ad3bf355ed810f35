// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.translate.Diagnostic;
import dev.fairway.kube.api.Event;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Writes a Warning Event when a diagnostic appears; as long as it stays, nothing more. At most five
 * a second, and a bounded number waits. One virtual thread.
 */
final class EventReporter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(EventReporter.class.getName());
  private static final int MAX_WAITING = 1000;
  private static final long INTERVAL_MILLIS = 200;

  private final KubeClient client;
  private final InstantSource clock;
  private final BlockingQueue<Diagnostic> queue = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread writer;
  private Set<Diagnostic> standing = Set.of();
  private List<Diagnostic> last = List.of();
  private boolean silent;

  EventReporter(KubeClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
    writer = Thread.ofVirtual().name("ingress-events").start(this::writeLoop);
  }

  /** Takes over what is wrong now. */
  synchronized void report(List<Diagnostic> diagnostics) {
    last = diagnostics;
    if (silent) {
      return;
    }
    Set<Diagnostic> now = new HashSet<>();
    for (Diagnostic diagnostic : diagnostics) {
      if (standing.contains(diagnostic) || queue.offer(diagnostic)) {
        now.add(diagnostic);
      }
    }
    standing = now;
  }

  /** Leaves Events to another replica, or takes over from it with what is wrong by then. */
  synchronized void silent(boolean on) {
    silent = on;
    report(last);
  }

  /** How many wait to be written. */
  int waiting() {
    return queue.size();
  }

  @Override
  public void close() {
    writer.interrupt();
  }

  private void writeLoop() {
    try {
      while (true) {
        write(queue.take());
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      }
    } catch (InterruptedException stopped) {
      LOG.log(Level.DEBUG, "event reporter stopped");
    }
  }

  private void write(Diagnostic diagnostic) throws InterruptedException {
    String namespace = diagnostic.object().namespace();
    boolean ofIngress = diagnostic.subject() == Diagnostic.Subject.INGRESS;
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    String suffix = Long.toHexString(clock.millis()) + Integer.toHexString(diagnostic.hashCode());
    Event event =
        new Event(
            ObjectMeta.of(namespace, diagnostic.object().name() + "." + suffix),
            new ObjectReference(
                ofIngress ? "networking.k8s.io/v1" : "v1",
                ofIngress ? "Ingress" : "ConfigMap",
                namespace,
                diagnostic.object().name(),
                diagnostic.uid(),
                "",
                ""),
            "Warning",
            diagnostic.reason().text(),
            diagnostic.message(),
            1,
            now,
            now,
            new Event.Source("fairway-ingress", null));
    try {
      client.create(Resource.EVENTS, namespace, KubeCodec.encode(Resource.EVENTS, event));
    } catch (KubeApiException | IOException lost) {
      LOG.log(
          Level.WARNING,
          "event was not written object={0} reason={1}: {2}",
          diagnostic.object(),
          diagnostic.reason().text(),
          lost.getMessage());
    }
  }
}
