// SPDX-License-Identifier: Apache-2.0
/**
 * Benchmarks of the service model and of the choice of an endpoint. Starting point: {@link
 * dev.fairway.benchmarks.dataplane.SnapshotBenchmark}.
 */
@NullMarked
package dev.fairway.benchmarks.dataplane;

import org.jspecify.annotations.NullMarked;
