// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where a container's configuration comes from. */
interface ObjectLookup {
  /** A ConfigMap, or null where there is none. */
  @Nullable ConfigMap configMap(String namespace, String name)
      throws IOException, InterruptedException;

  /** A Secret, or null where there is none. */
  @Nullable Secret secret(String namespace, String name) throws IOException, InterruptedException;
}
