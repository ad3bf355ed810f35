// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.status.StatusQueue;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service.LoadBalancerIngress;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides which Ingresses bear our addresses in their status: ours, where they differ, and no more
 * those that were ours. Of several replicas only the one that leads writes. Thread-safe.
 */
final class StatusWriter implements AutoCloseable {
  private final KubeClient client;
  private final StatusQueue<ObjectKey, List<LoadBalancerIngress>> queue;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<ObjectKey> written = new HashSet<>();
  private List<LoadBalancerIngress> ours;
  private Collection<Ingress> ingresses = List.of();
  private Set<ObjectKey> accepted = Set.of();
  private boolean leading = true;
  private boolean clearing;

  StatusWriter(KubeClient client, List<String> addresses) {
    this.client = client;
    ours = sorted(addresses);
    queue = new StatusQueue<>("ingress", this::write);
  }

  private static List<LoadBalancerIngress> sorted(List<String> addresses) {
    List<LoadBalancerIngress> list = new ArrayList<>();
    for (String address : addresses.stream().sorted().distinct().toList()) {
      boolean ip = IpAddress.tryParse(address) != null;
      list.add(new LoadBalancerIngress(ip ? address : "", ip ? "" : address, ""));
    }
    return List.copyOf(list);
  }

  /** Takes over the desired state: the accepted Ingresses bear our addresses, others do not. */
  void update(Collection<Ingress> all, Set<ObjectKey> ourIngresses) {
    change(() -> {
      ingresses = all;
      accepted = ourIngresses;
    });
  }

  /** Where the Ingresses are served from now on; with none nothing is written. */
  void addresses(List<String> addresses) {
    change(() -> ours = sorted(addresses));
  }

  /** Whether this replica writes; what another one wrote meanwhile is known from the Ingresses. */
  void leading(boolean leads) {
    change(() -> leading = leads);
  }

  /** Takes our addresses away from all Ingresses, for so long at most. */
  void clear(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      if (!leading || ours.isEmpty()) {
        return;
      }
      clearing = true;
      Map<ObjectKey, List<LoadBalancerIngress>> writes = new LinkedHashMap<>();
      accepted.forEach(key -> writes.put(key, List.of()));
      queue.replace(writes);
    } finally {
      lock.unlock();
    }
    queue.awaitIdle(atMost);
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      if (!clearing) {
        Map<ObjectKey, List<LoadBalancerIngress>> writes = ours.isEmpty() ? Map.of() : missing();
        queue.replace(leading ? writes : Map.of());
      }
    } finally {
      lock.unlock();
    }
  }

  /** What the statuses lack; also remembers, while another replica writes, what is ours. */
  private Map<ObjectKey, List<LoadBalancerIngress>> missing() {
    Map<ObjectKey, List<LoadBalancerIngress>> writes = new LinkedHashMap<>();
    for (Ingress ingress : ingresses) {
      ObjectKey key = ingress.key();
      boolean bears = addresses(ingress).equals(ours);
      if (accepted.contains(key)) {
        written.add(key);
        if (!bears) {
          writes.put(key, ours);
        }
      } else if (written.contains(key) && bears) {
        writes.put(key, List.of());
      } else {
        written.remove(key);
      }
    }
    return writes;
  }

  @Override
  public void close() {
    queue.close();
  }

  private static List<LoadBalancerIngress> addresses(Ingress ingress) {
    Ingress.Status status = ingress.status();
    if (status == null || status.loadBalancer() == null) {
      return List.of();
    }
    return status.loadBalancer().ingress().stream()
        .map(entry -> new LoadBalancerIngress(entry.ip(), entry.hostname(), ""))
        .toList();
  }

  private void write(ObjectKey key, List<LoadBalancerIngress> addresses)
      throws IOException, KubeApiException, InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    ArrayNode list = body.putObject("status").putObject("loadBalancer").putArray("ingress");
    for (LoadBalancerIngress address : addresses) {
      ObjectNode entry = list.addObject();
      entry.put(
          address.ip().isEmpty() ? "hostname" : "ip",
          address.ip().isEmpty() ? address.hostname() : address.ip());
    }
    client.patch(Resource.INGRESSES, key.namespace(), key.name(), "status", PatchType.MERGE, body);
  }
}
