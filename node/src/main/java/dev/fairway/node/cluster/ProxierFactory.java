// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;

/** Makes the data plane of a node. */
@FunctionalInterface
public interface ProxierFactory {
  /** A data plane that serves nothing until its first sync. */
  DataPlane create(ProxyEvents events, ProxyMetrics metrics);
}
