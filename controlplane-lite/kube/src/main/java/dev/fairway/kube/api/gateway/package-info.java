// SPDX-License-Identifier: Apache-2.0
/**
 * Slim records of the Gateway API (gateway.networking.k8s.io/v1, bundle 1.6), in the manner of
 * {@code dev.fairway.kube.api}: absent lists and strings are empty, {@code @Nullable} marks where
 * absence has a meaning of its own or must be written back as it was read.
 *
 * <p>Starting points: {@link dev.fairway.kube.api.gateway.GatewayResources}, {@link
 * dev.fairway.kube.api.gateway.Gateway}, {@link dev.fairway.kube.api.gateway.HttpRoute}.
 */
@NullMarked
package dev.fairway.kube.api.gateway;

import org.jspecify.annotations.NullMarked;
