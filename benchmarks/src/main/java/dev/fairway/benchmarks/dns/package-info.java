// SPDX-License-Identifier: Apache-2.0
/**
 * The DNS at scale, as its clients see it. Starting point: {@link
 * dev.fairway.benchmarks.dns.DnsScale}.
 */
@NullMarked
package dev.fairway.benchmarks.dns;

import org.jspecify.annotations.NullMarked;
