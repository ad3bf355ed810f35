// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.ServiceName;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns what a proxier cannot do for a Service into a Warning Event on the Service, each message
 * once. Thread-safe; one virtual thread writes.
 */
public final class ServiceWarnings implements ProxyEvents, AutoCloseable {
  private static final Logger LOG = System.getLogger(ServiceWarnings.class.getName());
  private static final int MAX_KNOWN = 1000;

  private record Warning(ServiceName service, String reason, String message) {}

  private final KubeClient client;
  private final String nodeName;
  private final InstantSource clock;
  private final BlockingQueue<Warning> queue = new ArrayBlockingQueue<>(1000);
  private final Map<Warning, Boolean> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Warning, Boolean> eldest) {
          return size() > MAX_KNOWN;
        }
      };
  private final Thread writer;
  private long serial;

  public ServiceWarnings(KubeClient client, String nodeName, InstantSource clock) {
    this.client = client;
    this.nodeName = nodeName;
    this.clock = clock;
    this.writer = Thread.ofVirtual().name("service-warnings").start(this::run);
  }

  @Override
  public void warning(ServiceName service, String reason, String message) {
    if (!queue.offer(new Warning(service, reason, message))) {
      LOG.log(Level.DEBUG, "warning dropped, the queue is full");
    }
  }

  private void run() {
    while (true) {
      try {
        Warning warning = queue.take();
        if (known.put(warning, true) == null) {
          LOG.log(
              Level.WARNING,
              warning.reason() + " service=" + warning.service() + ": " + warning.message());
          write(warning);
        }
      } catch (InterruptedException _) {
        return;
      } catch (KubeApiException | IOException | RuntimeException e) {
        LOG.log(Level.DEBUG, "event not written", e);
      }
    }
  }

  private void write(Warning warning) throws KubeApiException, IOException, InterruptedException {
    String namespace = warning.service().namespace();
    Service service = find(warning.service());
    if (service == null) {
      return;
    }
    String at = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event = KubeCodec.json().createObjectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event
        .putObject("metadata")
        .put("namespace", namespace)
        .put(
            "name",
            warning.service().name()
                + "."
                + Long.toHexString(clock.instant().toEpochMilli() << 12 | (serial++ & 0xfff)));
    event
        .putObject("involvedObject")
        .put("apiVersion", "v1")
        .put("kind", "Service")
        .put("namespace", namespace)
        .put("name", warning.service().name())
        .put("uid", service.metadata().uid());
    event
        .put("type", "Warning")
        .put("reason", warning.reason())
        .put("message", warning.message())
        .put("count", 1)
        .put("firstTimestamp", at)
        .put("lastTimestamp", at)
        .put("reportingComponent", "fairway-proxy")
        .put("reportingInstance", nodeName);
    event.putObject("source").put("component", "fairway-proxy").put("host", nodeName);
    client.create(Resource.EVENTS, namespace, event);
  }

  /** By LIST, which the role system:node-proxier allows; it does not allow GET. */
  private @Nullable Service find(ServiceName name)
      throws KubeApiException, IOException, InterruptedException {
    ListOptions byName = ListOptions.fields("metadata.name=" + name.name());
    List<Service> found = client.list(Resource.SERVICES, name.namespace(), byName).items();
    return found.isEmpty() ? null : found.getFirst();
  }

  @Override
  public void close() {
    writer.interrupt();
  }
}
