// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * How a node runs its pods.
 *
 * @param nodeName the Node object's name
 * @param nodeAddress its InternalIP; the log server listens there
 * @param podCidr where its pods get addresses from
 * @param stateDir the cluster's state directory, absolute
 * @param labels further labels of the Node
 * @param heartbeat how often the node's Lease is renewed
 * @param leaseDuration how long a renewal counts
 * @param services the Services with a ClusterIP whose variables a namespace's pods get
 * @param stillOffered whether the local data plane still sends new connections to a pod address
 */
public record RuntimeOptions(
    String nodeName,
    String nodeAddress,
    String podCidr,
    Path stateDir,
    Map<String, String> labels,
    Duration heartbeat,
    Duration leaseDuration,
    Function<String, List<ServiceLinks.Link>> services,
    Predicate<String> stillOffered,
    InstantSource clock) {
  /** Size of a container's log file before it is rotated; two are kept. */
  static final long MAX_LOG_BYTES = 10L << 20;

  public RuntimeOptions {
    if (!stateDir.isAbsolute()) {
      throw new IllegalArgumentException("stateDir " + stateDir + ": expected an absolute path");
    }
    labels = Map.copyOf(labels);
  }

  /** The folder of a pod: logs, volumes, working directories. */
  Path podFolder(String uid) {
    return stateDir.resolve("pods").resolve(uid);
  }
}
