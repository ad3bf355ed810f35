// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/**
 * Where a proxy stands.
 *
 * @param nodeName name of its Node
 * @param zone the Node's {@code topology.kubernetes.io/zone}, "" where it has none
 */
public record NodeTopology(String nodeName, String zone) {}
