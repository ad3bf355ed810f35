// SPDX-License-Identifier: Apache-2.0
/**
 * The DNS of the cluster: answers for services and pods from memory, forwards the rest. Starting
 * points: {@link dev.fairway.dns.DnsServer} and {@link dev.fairway.dns.DnsOptions}.
 */
@NullMarked
package dev.fairway.dns;

import org.jspecify.annotations.NullMarked;
