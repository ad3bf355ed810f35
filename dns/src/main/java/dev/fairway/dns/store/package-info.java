// SPDX-License-Identifier: Apache-2.0
/**
 * What the DNS knows of the cluster, kept in a file, so that a server that starts while the API
 * server is away still answers. Starting points: {@link dev.fairway.dns.store.SnapshotFile} and
 * {@link dev.fairway.dns.store.SnapshotKeeper}.
 */
@NullMarked
package dev.fairway.dns.store;

import org.jspecify.annotations.NullMarked;
