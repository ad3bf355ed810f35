// SPDX-License-Identifier: Apache-2.0
/**
 * The L7 gateway: serves Ingress objects straight to pod addresses. Starting points: {@link
 * dev.fairway.ingress.IngressGateway}, {@link dev.fairway.ingress.IngressOptions}.
 */
@NullMarked
package dev.fairway.ingress;

import org.jspecify.annotations.NullMarked;
