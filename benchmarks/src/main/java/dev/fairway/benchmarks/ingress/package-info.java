// SPDX-License-Identifier: Apache-2.0
/** The gateway at scale. Starting point: {@link dev.fairway.benchmarks.ingress.IngressScale}. */
@NullMarked
package dev.fairway.benchmarks.ingress;

import org.jspecify.annotations.NullMarked;
