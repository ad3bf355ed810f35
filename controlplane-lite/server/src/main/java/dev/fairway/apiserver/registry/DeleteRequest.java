// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import org.jspecify.annotations.Nullable;

/**
 * How to delete.
 *
 * @param graceSeconds null: the kind's own
 * @param uid precondition, "" for none
 * @param resourceVersion precondition, "" for none
 * @param propagation Background, Foreground, Orphan or ""
 */
public record DeleteRequest(
    @Nullable Long graceSeconds, String uid, String resourceVersion, String propagation) {
  public static final DeleteRequest PLAIN = new DeleteRequest(null, "", "", "");
}
