// SPDX-License-Identifier: Apache-2.0
/**
 * An API server and a node in memory, for tests of controllers.
 *
 * <p>Starting points: {@link dev.fairway.controller.testing.FakeApi}, {@link
 * dev.fairway.controller.testing.FakeNode}.
 */
@NullMarked
package dev.fairway.controller.testing;

import org.jspecify.annotations.NullMarked;
