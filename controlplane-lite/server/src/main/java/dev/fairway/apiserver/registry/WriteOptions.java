// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

/**
 * How to write.
 *
 * @param user who asks
 * @param dryRun do everything but store
 */
public record WriteOptions(String user, boolean dryRun) {}
