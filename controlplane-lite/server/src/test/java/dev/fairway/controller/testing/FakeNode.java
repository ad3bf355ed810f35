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
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** A node in memory: bound pods become ready with an address, deleted ones go away. */
public final class FakeNode {
  private final FakeApi api;
  private final KubeClient client;
  private final InstantSource clock;
  private final String name;
  private final Map<String, String> addresses = new HashMap<>();

  /** A Ready node of this name. */
  public FakeNode(FakeApi api, InstantSource clock, String name) {
    this.api = api;
    this.client = api.client();
    this.clock = clock;
    this.name = name;
    var unused =
        api.apply(
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
    for (Pod pod : api.all(Resource.PODS)) {
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
              pod.metadata().uid(), u -> "10.0." + name.length() + "." + (addresses.size() + 1));
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
