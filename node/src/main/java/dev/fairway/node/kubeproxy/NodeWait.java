// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Waits at a start until the node's own object says what a proxy needs to know. */
final class NodeWait {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int NODE_TRIES = 30;
  private static final int POD_CIDR_TRIES = 300;
  private static final int FIRST_POD_CIDR_TRIES = 10;

  /** Asks for the node's object; null if there is none. */
  @FunctionalInterface
  interface Lookup {
    @Nullable Node find() throws KubeApiException, IOException, InterruptedException;
  }

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    void pass(Duration time) throws InterruptedException;
  }

  private final String name;
  private final Lookup lookup;
  private final Pause pause;
  private final Consumer<String> warnings;

  NodeWait(String name, Lookup lookup, Pause pause, Consumer<String> warnings) {
    this.name = name;
    this.lookup = lookup;
    this.pause = pause;
    this.warnings = warnings;
  }

  /** A wait for a node of an API server. */
  static NodeWait of(KubeClient client, String name, Consumer<String> warnings) {
    return new NodeWait(
        name,
        () -> client.find(Resource.NODES, "", name),
        time -> Thread.sleep(time.toMillis()),
        warnings);
  }

  /** The node once it has addresses; after 30 s a node without, or null if there is none. */
  @Nullable Node awaitAddresses() throws InterruptedException {
    return await(
        node -> !NodeAddresses.of(node).isEmpty(),
        NODE_TRIES,
        "timeout waiting for node \"" + name + "\" to exist");
  }

  /** The node once it has ranges of pods; after five minutes a node without, or null. */
  @Nullable Node awaitPodCidrs() throws InterruptedException {
    return await(
        node -> !NodeAddresses.podCidrs(node).isEmpty(),
        POD_CIDR_TRIES,
        "timeout waiting for PodCIDR allocation on node \"" + name + "\"");
  }

  /** The node once it has ranges of pods; after ten seconds a node without, or null. */
  @Nullable Node awaitFirstPodCidrs() throws InterruptedException {
    return await(
        node -> !NodeAddresses.podCidrs(node).isEmpty(),
        FIRST_POD_CIDR_TRIES,
        "node \"" + name + "\" has no PodCIDR: all of the cluster's ranges count as its own");
  }

  private @Nullable Node await(Predicate<Node> ready, int tries, String complaint)
      throws InterruptedException {
    Node node = null;
    String last = "";
    for (int i = 0; i < tries; i++) {
      if (i > 0) {
        pause.pass(PAUSE);
      }
      try {
        node = lookup.find();
        if (node != null && ready.test(node)) {
          return node;
        }
      } catch (KubeApiException | IOException e) {
        if (!String.valueOf(e.getMessage()).equals(last)) {
          last = String.valueOf(e.getMessage());
          warnings.accept("cannot read node \"" + name + "\", trying again: " + last);
        }
      }
    }
    warnings.accept(complaint);
    return node;
  }
}
