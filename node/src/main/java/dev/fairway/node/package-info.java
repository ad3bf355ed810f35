// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code fairway} command.
 *
 * <p>Starting points: {@link dev.fairway.node.Main}, {@link dev.fairway.node.UpCommand}.
 */
@NullMarked
package dev.fairway.node;

import org.jspecify.annotations.NullMarked;
