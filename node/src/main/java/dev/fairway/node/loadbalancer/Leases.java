// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Leases in the API server, as one node reads and writes them. Blocking; one thread at a time.
 */
final class Leases {
  private static final String NAMESPACE = "kube-system";
  private static final String LEADER_NAME = "fairway-load-balancer";
  private static final String NODE_PREFIX = "fairway-node-";

  private final KubeClient client;
  private final String nodeName;
  private final Duration duration;
  private final InstantSource clock;

  /** What this process wrote last, by name: the version. */
  private final Map<String, String> written = new HashMap<>();

  /** Whether another process renews the node's Lease, too. */
  private boolean isShared;

  /**
   * Those of a node.
   *
   * @param duration how long others let one count without a renewal
   */
  Leases(KubeClient client, String nodeName, Duration duration, InstantSource clock) {
    this.client = client;
    this.nodeName = nodeName;
    this.duration = duration;
    this.clock = clock;
  }

  /** All Leases of this project. */
  List<Lease> list() throws KubeApiException, IOException, InterruptedException {
    return client.list(Resource.LEASES, NAMESPACE, ListOptions.labels(Membership.LABEL)).items();
  }

  /**
   * Says that this node lives. Another process of the node, while one replaces the other, may have
   * said so.
   *
   * @param all the Leases as they were listed
   * @param owner the node's own object, with which its Lease goes; null if not known
   */
  void renewOwn(List<Lease> all, @Nullable Node owner)
      throws KubeApiException, IOException, InterruptedException {
    String name = NODE_PREFIX + nodeName;
    Lease before = find(all, name);
    isShared |= before != null && written.containsKey(name) && !isOurs(before);
    ObjectNode body = body(name, Membership.NODE, before);
    if (owner != null) {
      body.withObjectProperty("metadata")
          .putArray("ownerReferences")
          .addObject()
          .put("apiVersion", "v1")
          .put("kind", "Node")
          .put("name", owner.metadata().name())
          .put("uid", owner.metadata().uid());
    }
    boolean unused = tryWrite(name, body);
  }

  /**
   * Becomes the leader or stays it.
   *
   * @param all the Leases as they were listed
   * @return whether it is; not if somebody else was faster
   */
  boolean lead(List<Lease> all) throws KubeApiException, IOException, InterruptedException {
    return tryWrite(LEADER_NAME, body(LEADER_NAME, Membership.LEADER, find(all, LEADER_NAME)));
  }

  /**
   * Gives back what this node holds, so that nobody has to wait for it to expire; but not what
   * another process of the node holds by now.
   */
  void release() throws KubeApiException, IOException, InterruptedException {
    List<Lease> all = list();
    Lease leader = find(all, LEADER_NAME);
    if (leader != null && isOurs(leader)) {
      ObjectNode body = body(LEADER_NAME, Membership.LEADER, leader);
      body.withObjectProperty("spec").put("holderIdentity", "");
      boolean unused = tryWrite(LEADER_NAME, body);
    }
    Lease own = find(all, NODE_PREFIX + nodeName);
    if (own != null && isOurs(own) && !isShared) {
      client.delete(
          Resource.LEASES,
          NAMESPACE,
          own.metadata().name(),
          DeleteOptions.uid(own.metadata().uid()));
    }
  }

  private boolean isOurs(Lease lease) {
    return lease.metadata().resourceVersion().equals(written.get(lease.metadata().name()));
  }

  private static @Nullable Lease find(List<Lease> all, String name) {
    for (Lease lease : all) {
      if (lease.metadata().name().equals(name)) {
        return lease;
      }
    }
    return null;
  }

  private ObjectNode body(String name, String role, @Nullable Lease before) {
    ObjectNode body = KubeCodec.json().createObjectNode();
    body.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    ObjectNode metadata = body.putObject("metadata").put("name", name).put("namespace", NAMESPACE);
    metadata.putObject("labels").put(Membership.LABEL, role);
    if (before != null) {
      metadata.put("resourceVersion", before.metadata().resourceVersion());
    }
    String now = micros(clock.instant());
    Lease.Spec old = before == null ? null : before.spec();
    Lease.Spec kept = old != null && nodeName.equals(old.holderIdentity()) ? old : null;
    int transitions = old == null || old.leaseTransitions() == null ? 0 : old.leaseTransitions();
    Instant acquired = kept == null ? null : kept.acquireTime();
    body.putObject("spec")
        .put("holderIdentity", nodeName)
        .put("leaseDurationSeconds", duration.toSeconds())
        .put("acquireTime", acquired == null ? now : micros(acquired))
        .put("renewTime", now)
        .put("leaseTransitions", old == null || kept != null ? transitions : transitions + 1);
    return body;
  }

  /** Writes a Lease; false if somebody else did since it was listed. */
  private boolean tryWrite(String name, ObjectNode body)
      throws KubeApiException, IOException, InterruptedException {
    try {
      Lease stored =
          body.path("metadata").has("resourceVersion")
              ? client.update(Resource.LEASES, NAMESPACE, name, null, body)
              : client.create(Resource.LEASES, NAMESPACE, body);
      written.put(name, stored.metadata().resourceVersion());
      return true;
    } catch (KubeApiException e) {
      if (e.isConflict() || e.isAlreadyExists()) {
        return false;
      }
      throw e;
    }
  }

  /** The API's MicroTime: six digits of a second. */
  private static String micros(Instant time) {
    String seconds = Instant.ofEpochSecond(time.getEpochSecond()).toString();
    return seconds.substring(0, seconds.length() - 1)
        + String.format(Locale.ROOT, ".%06dZ", time.getNano() / 1000);
  }
}
