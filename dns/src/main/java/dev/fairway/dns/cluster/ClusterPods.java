// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pods that {@link PodsMode#VERIFIED} asks for: whoever follows them tells this, and it tells
 * the zone. Pods that have ended are not to be told. Thread-safe.
 */
public final class ClusterPods {
  private static final PodTable.Address[] NONE = new PodTable.Address[0];

  private final ClusterZone zone;
  private final Map<String, PodTable.Address[]> pods = new HashMap<>();
  private final Map<String, byte[]> labels = new HashMap<>();

  ClusterPods(ClusterZone zone) {
    this.zone = zone;
  }

  /**
   * A pod.
   *
   * @param addresses of its own; none for one that uses those of its node, or has none yet
   */
  public record Pod(String namespace, String name, List<IpAddress> addresses) {
    public Pod {
      addresses = List.copyOf(addresses);
    }

    private String key() {
      return namespace + "/" + name;
    }
  }

  /** All pods of the cluster: those known before that are not among them are gone. */
  public synchronized void replace(List<Pod> all) {
    List<PodTable.Address> removed = new ArrayList<>();
    List<PodTable.Address> added = new ArrayList<>();
    Set<String> gone = new HashSet<>(pods.keySet());
    for (Pod pod : all) {
      gone.remove(pod.key());
      put(pod, removed, added);
    }
    for (String key : gone) {
      removed.addAll(List.of(pods.remove(key)));
    }
    labels.clear();
    zone.updatePods(removed, added);
  }

  /** A pod is new or changed. */
  public synchronized void put(Pod pod) {
    List<PodTable.Address> removed = new ArrayList<>();
    List<PodTable.Address> added = new ArrayList<>();
    put(pod, removed, added);
    zone.updatePods(removed, added);
  }

  /** A pod is gone. */
  public synchronized void remove(String namespace, String name) {
    PodTable.Address[] last = pods.remove(namespace + "/" + name);
    if (last != null) {
      zone.updatePods(List.of(last), List.of());
    }
  }

  private void put(Pod pod, List<PodTable.Address> removed, List<PodTable.Address> added) {
    PodTable.Address[] next = addressesOf(pod);
    PodTable.Address[] last = next.length == 0 ? pods.remove(pod.key()) : pods.put(pod.key(), next);
    removed.addAll(List.of(last == null ? NONE : last));
    added.addAll(List.of(next));
  }

  private PodTable.Address[] addressesOf(Pod pod) {
    byte[] label = labels.computeIfAbsent(pod.namespace(), ZoneNames::label);
    PodTable.Address[] addresses = new PodTable.Address[pod.addresses().size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = zone.podAddress(label, pod.addresses().get(i));
    }
    return addresses;
  }
}
