// SPDX-License-Identifier: Apache-2.0
/**
 * {@code fairway up --demo}: applies the example application and asks it for an answer on every
 * path that leads to it.
 *
 * <p>Starting points: {@link dev.fairway.node.demo.Demo}.
 */
@NullMarked
package dev.fairway.node.demo;

import org.jspecify.annotations.NullMarked;
