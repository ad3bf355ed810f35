// SPDX-License-Identifier: Apache-2.0
/**
 * Where objects are kept: one file, one global revision, every acknowledged write on disk.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.storage.ObjectStore}, {@link
 * dev.fairway.apiserver.storage.StoredObject}, {@link
 * dev.fairway.apiserver.storage.CommitListener}.
 */
@NullMarked
package dev.fairway.apiserver.storage;

import org.jspecify.annotations.NullMarked;
