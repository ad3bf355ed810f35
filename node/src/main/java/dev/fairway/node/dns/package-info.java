// SPDX-License-Identifier: Apache-2.0
/**
 * {@code fairway dns}: the cluster DNS as a program of its own, in CoreDNS's place.
 *
 * <p>Starting points: {@link dev.fairway.node.dns.DnsDaemon}.
 */
@NullMarked
package dev.fairway.node.dns;

import org.jspecify.annotations.NullMarked;
