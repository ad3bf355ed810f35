// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import org.jspecify.annotations.Nullable;

/**
 * What one write did.
 *
 * @param object the new state; for a deletion the last state with the revision of the deletion
 * @param previous the state before, null for a creation
 */
public record Change(Type type, StoredObject object, @Nullable StoredObject previous) {
  /** Kinds of writes. */
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED
  }
}
