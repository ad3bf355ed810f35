// SPDX-License-Identifier: Apache-2.0
/** Tests. */
@org.jspecify.annotations.NullMarked
package dev.fairway.dns.rules;
