// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

/**
 * What one pass of programming did.
 *
 * @param revision of the snapshot
 * @param services how many changed
 * @param ports how many ports got new endpoints or policies
 * @param frontendsAdded addresses that are now to be answered
 * @param frontendsRemoved addresses that are not any more
 * @param nanos duration of the pass
 */
public record SyncResult(
    long revision, int services, int ports, int frontendsAdded, int frontendsRemoved, long nanos) {}
