// SPDX-License-Identifier: Apache-2.0

/**
 * The kinds that the API server serves: defaulting, preparation, validation and selectable fields
 * of each, and the admission steps that need storage (Service address allocation, default
 * IngressClass).
 *
 * <p>Starting points: {@link dev.fairway.apiserver.kinds.Kinds} lists everything; one {@code
 * XxxStrategy} per kind. Texts and field paths of errors are those of Kubernetes 1.36; the tables
 * in the tests were recorded from its API server.
 */
@NullMarked
package dev.fairway.apiserver.kinds;

import org.jspecify.annotations.NullMarked;
