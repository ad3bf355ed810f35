// SPDX-License-Identifier: Apache-2.0
/**
 * Configuration files of the DNS server: Corefiles as CoreDNS has them, and YAML. Both become
 * directives, and one reader for each directive turns them into options. Starting point: {@link
 * dev.fairway.dns.config.DnsConfig}.
 */
@NullMarked
package dev.fairway.dns.config;

import org.jspecify.annotations.NullMarked;
