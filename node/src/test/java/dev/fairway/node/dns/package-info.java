// SPDX-License-Identifier: Apache-2.0
/** {@code fairway dns} by itself, beside CoreDNS, and in CoreDNS's place. */
@org.jspecify.annotations.NullMarked
package dev.fairway.node.dns;
