// SPDX-License-Identifier: Apache-2.0

/**
 * The three patch formats of the Kubernetes API on JSON trees: JSON patch (RFC 6902), merge patch
 * (RFC 7386) and strategic merge patch.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.patch.JsonPatch}, {@link
 * dev.fairway.apiserver.patch.MergePatch}, {@link dev.fairway.apiserver.patch.StrategicMergePatch}.
 * All are pure: the patched object is a new tree.
 */
@NullMarked
package dev.fairway.apiserver.patch;

import org.jspecify.annotations.NullMarked;
