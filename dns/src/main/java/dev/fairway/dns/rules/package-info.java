// SPDX-License-Identifier: Apache-2.0
/**
 * What happens to a question before and after it is answered, by zone. Starting points: {@link
 * dev.fairway.dns.rules.RuleSet} and {@link dev.fairway.dns.rules.Block}.
 */
@NullMarked
package dev.fairway.dns.rules;

import org.jspecify.annotations.NullMarked;
