// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads stored objects. The trees are shared: they must not be changed. */
public interface ObjectReader {
  /** The object, or null if there is none. */
  @Nullable ObjectNode get(String group, String plural, String namespace, String name);

  /**
   * All objects of a resource, ordered by namespace and name.
   *
   * @param namespace "" for all namespaces and for cluster-scoped kinds
   */
  List<ObjectNode> list(String group, String plural, String namespace);
}
