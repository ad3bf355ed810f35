// SPDX-License-Identifier: Apache-2.0
/**
 * Counters of the DNS server under the names that CoreDNS uses, so that its dashboards work.
 * Starting point: {@link dev.fairway.dns.metrics.DnsMetrics}.
 */
@NullMarked
package dev.fairway.dns.metrics;

import org.jspecify.annotations.NullMarked;
