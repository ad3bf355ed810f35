// SPDX-License-Identifier: Apache-2.0
/**
 * The compact Kubernetes API server: configuration and assembly.
 *
 * <p>Starting points: {@code ApiServer}, {@code ApiServerConfig}.
 */
@NullMarked
package dev.fairway.apiserver;

import org.jspecify.annotations.NullMarked;
