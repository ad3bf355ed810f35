// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/** An object of the Gateway API; the records are in {@code dev.fairway.kube.api.gateway}. */
public non-sealed interface GatewayApiObject extends KubeObject {}
