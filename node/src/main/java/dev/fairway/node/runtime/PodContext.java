// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.client.KubeClient;
import java.time.Instant;
import java.util.Map;

/** What all pods of a node share. */
record PodContext(
    RuntimeOptions options,
    KubeClient client,
    ProcessLauncher launcher,
    PodAddresses addresses,
    EventRecorder events,
    ObjectLookup objects,
    Map<String, String> allocatable) {

  Instant now() {
    return options.clock().instant();
  }
}
