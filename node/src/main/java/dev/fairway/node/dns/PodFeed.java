// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.dns.cluster.ClusterPods;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells the zone which pods there are, for pod names that are verified. Of each it keeps what its
 * name needs, so that a big cluster's pods are never in memory together. Confined to its reflector.
 *
 * @param listed is run each time that all pods were told
 */
record PodFeed(ClusterPods pods, Runnable listed) implements ReflectorListener<Pod> {
  /** Pods that have ended keep their address in their status, where others may have it by now. */
  static final ListOptions LIVE =
      ListOptions.fields("status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown")
          .withLimit(500);

  @Override
  public void onReplace(List<Pod> all, String resourceVersion) {
    Replacement<Pod> replacement = replacement();
    all.forEach(replacement::add);
    replacement.complete(resourceVersion);
  }

  @Override
  public void onUpsert(Pod pod) {
    pods.put(slim(pod));
  }

  @Override
  public void onDelete(Pod last) {
    pods.remove(last.metadata().namespace(), last.metadata().name());
  }

  @Override
  public Replacement<Pod> replacement() {
    Map<ObjectKey, ClusterPods.Pod> all = new LinkedHashMap<>();
    return new Replacement<>() {
      @Override
      public void add(Pod pod) {
        all.put(pod.key(), slim(pod));
      }

      @Override
      public void remove(ObjectKey key) {
        all.remove(key);
      }

      @Override
      public void complete(String resourceVersion) {
        pods.replace(List.copyOf(all.values()));
        all.clear();
        listed.run();
      }
    };
  }

  /** A pod that is ending, has ended or uses its node's addresses has none of its own. */
  static ClusterPods.Pod slim(Pod pod) {
    List<IpAddress> addresses = new ArrayList<>();
    boolean ending = pod.metadata().deletionTimestamp() != null;
    if (!ending && !pod.isFinished() && !pod.spec().hostNetwork()) {
      Set<String> texts = new TreeSet<>();
      texts.add(pod.status().podIP());
      pod.status().podIPs().forEach(ip -> texts.add(ip.ip()));
      for (String text : texts) {
        IpAddress address = IpAddress.tryParse(text);
        if (address != null) {
          addresses.add(address);
        }
      }
    }
    return new ClusterPods.Pod(pod.metadata().namespace(), pod.metadata().name(), addresses);
  }
}
