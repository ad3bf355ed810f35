// SPDX-License-Identifier: Apache-2.0
/**
 * What the tests of several modules have in common: processes and network namespaces of their own,
 * and tests that are left out. No module depends on it but for its tests. Starting points: {@link
 * dev.fairway.testing.Skip}, {@link dev.fairway.testing.OwnNetwork}.
 */
@NullMarked
package dev.fairway.testing;

import org.jspecify.annotations.NullMarked;
