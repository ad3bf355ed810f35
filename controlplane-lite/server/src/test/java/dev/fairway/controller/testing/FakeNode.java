// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** A node in memory: bound pods become ready with an address, deleted ones go away. */
public final class FakeNode {
  private static final String LEASES = "kube-node-lease";

  private final KubeClient client;
  private final InstantSource clock;
  private final String name;
  private final Map<String, String> addresses = new HashMap<>();
  private boolean alive = true;
  private int beats;

  /** A Ready node of this name. */
  public FakeNode(KubeClient client, InstantSource clock, String name) {
    this.client = client;
    this.clock = clock;
    this.name = name;
    Cluster cluster = new Cluster(client);
    var unused =
        cluster.apply(
            Resource.NODES,
            """
            apiVersion: v1
            kind: Node
            metadata: {name: %s, labels: {topology.kubernetes.io/zone: zone-%s}}
            spec: {}
            status:
              allocatable: {cpu: "4", memory: 8Gi, pods: "110"}
              conditions: [{type: Ready, status: "True", reason: KubeletReady}]
            """
                .formatted(name, name));
  }

  /** Does once what a kubelet does all the time. */
  public void sync() {
    if (!alive) {
      return;
    }
    renewLease();
    for (Pod pod : new Cluster(client).all(Resource.PODS)) {
      if (pod.spec().nodeName().equals(name)) {
        try {
          sync(pod);
        } catch (KubeApiException e) {
          if (!e.isNotFound()) {
            throw new AssertionError(e);
          }
        } catch (IOException | InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** From now on the node is dead, or back. */
  public void setAlive(boolean newAlive) {
    alive = newAlive;
  }

  /** Renews the Lease now and then; a write per call would drown the rest. */
  private void renewLease() {
    if (beats++ % 20 != 0) {
      return;
    }
    ObjectNode patch = KubeCodec.json().createObjectNode();
    patch
        .putObject("spec")
        .put("holderIdentity", name)
        .put("renewTime", Instant.EPOCH.plusSeconds(beats).toString());
    try {
      if (client.find(Resource.LEASES, LEASES, name) == null) {
        patch.putObject("metadata").put("name", name).put("namespace", LEASES);
        patch.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
        var unused = client.create(Resource.LEASES, LEASES, patch);
      } else {
        var unused = client.patch(Resource.LEASES, LEASES, name, null, PatchType.MERGE, patch);
      }
    } catch (KubeApiException | IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void sync(Pod pod) throws KubeApiException, IOException, InterruptedException {
    String namespace = pod.metadata().namespace();
    if (pod.metadata().isTerminating()) {
      client.delete(
          Resource.PODS,
          namespace,
          pod.metadata().name(),
          DeleteOptions.grace(0).withUid(pod.metadata().uid()));
    } else if (pod.status().podIP().isEmpty()) {
      String ip =
          addresses.computeIfAbsent(
              pod.metadata().uid(),
              u -> "10.0." + name.charAt(name.length() - 1) + "." + (addresses.size() + 1));
      setReady(pod, true, ip);
    }
  }

  /** Sets the Ready condition of a pod. */
  public void setReady(Pod pod, boolean ready, String ip)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = KubeCodec.json().createObjectNode();
    ObjectNode status = patch.putObject("status");
    status.put("phase", "Running").put("podIP", ip);
    status.putArray("podIPs").addObject().put("ip", ip);
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", ready ? "True" : "False")
        .put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    Pod unused =
        client.patch(
            Resource.PODS,
            pod.metadata().namespace(),
            pod.metadata().name(),
            "status",
            PatchType.MERGE,
            patch);
  }
}
