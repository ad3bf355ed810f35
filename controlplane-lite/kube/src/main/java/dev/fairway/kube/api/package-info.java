// SPDX-License-Identifier: Apache-2.0
/**
 * Slim records of the Kubernetes kinds that this project watches or writes: only the fields that
 * are used, JSON names equal to component names, no dependencies. Absent lists, maps and strings
 * are empty; {@code @Nullable} marks where absence has a meaning of its own.
 *
 * <p>Starting points: {@link dev.fairway.kube.api.KubeObject}, {@link
 * dev.fairway.kube.api.ObjectMeta}, {@link dev.fairway.kube.api.Service}, {@link
 * dev.fairway.kube.api.EndpointSlice}.
 */
@NullMarked
package dev.fairway.kube.api;

import org.jspecify.annotations.NullMarked;
