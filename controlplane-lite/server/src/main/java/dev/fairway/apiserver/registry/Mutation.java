// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import tools.jackson.databind.node.ObjectNode;

/** Makes the wanted state from the stored one; is called again if another writer was faster. */
public interface Mutation {
  /**
   * A new tree.
   *
   * @param current shared, read-only
   */
  ObjectNode apply(ObjectNode current) throws StatusException;
}
