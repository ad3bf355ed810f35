// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

/**
 * All objects of a resource as of a revision.
 *
 * @param revision every change up to it is in, none after it
 */
public record Snapshot(long revision, SortedObjects objects) {}
