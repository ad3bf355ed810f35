// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** Events on a Node, written in the background. Thread-safe. */
final class NodeEvents {
  private static final System.Logger LOG = System.getLogger(NodeEvents.class.getName());
  private static final String NAMESPACE = "default";

  private final KubeClient client;
  private final String nodeName;
  private final InstantSource clock;
  private final AtomicLong serial = new AtomicLong();

  NodeEvents(KubeClient client, String nodeName, InstantSource clock) {
    this.client = client;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  /** Something that is as it should be. */
  void normal(String reason, String message) {
    write("Normal", reason, message);
  }

  /** Something that somebody should look at. */
  void warning(String reason, String message) {
    write("Warning", reason, message);
  }

  private void write(String type, String reason, String message) {
    ObjectNode event = event(type, reason, message);
    Thread.ofVirtual()
        .name("node-event")
        .start(() -> {
          try {
            client.create(Resource.EVENTS, NAMESPACE, event);
          } catch (KubeApiException | IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "event not written", e);
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private ObjectNode event(String type, String reason, String message) {
    String at = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    long number = clock.instant().toEpochMilli() << 12 | (serial.getAndIncrement() & 0xfff);
    ObjectNode event = KubeCodec.json().createObjectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event
        .putObject("metadata")
        .put("namespace", NAMESPACE)
        .put("name", nodeName + "." + Long.toHexString(number));
    // As kube-proxy: the name of a Node stands for its uid.
    event
        .putObject("involvedObject")
        .put("apiVersion", "v1")
        .put("kind", "Node")
        .put("name", nodeName)
        .put("uid", nodeName);
    event
        .put("type", type)
        .put("reason", reason)
        .put("message", message)
        .put("count", 1)
        .put("firstTimestamp", at)
        .put("lastTimestamp", at)
        .put("reportingComponent", "kube-proxy")
        .put("reportingInstance", nodeName);
    event.putObject("source").put("component", "kube-proxy").put("host", nodeName);
    return event;
  }
}
