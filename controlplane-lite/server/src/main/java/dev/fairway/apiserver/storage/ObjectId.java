// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import org.jspecify.annotations.Nullable;

/**
 * Where an object is stored.
 *
 * @param group API group, "" for core
 * @param plural the resource
 * @param namespace "" for cluster-scoped kinds
 */
public record ObjectId(String group, String plural, String namespace, String name) {
  private static final String CORE = "core";

  /** The key in the file: /group/resource/namespace/name. */
  String key() {
    return "/" + (group.isEmpty() ? CORE : group) + "/" + plural + "/" + namespace + "/" + name;
  }

  /** The inverse of {@link #key()}; null if the key is none of ours. */
  static @Nullable ObjectId ofKey(String key) {
    String[] parts = key.split("/", -1);
    if (parts.length != 5 || !parts[0].isEmpty() || parts[2].isEmpty() || parts[4].isEmpty()) {
      return null;
    }
    return new ObjectId(parts[1].equals(CORE) ? "" : parts[1], parts[2], parts[3], parts[4]);
  }
}
