// SPDX-License-Identifier: Apache-2.0
/**
 * The model that every data plane programs from: an immutable {@link
 * dev.fairway.service.ServiceSnapshot} of services and endpoints, and the pure rules that say where
 * a connection goes. Depends on nothing but the JDK.
 *
 * <p>Starting points: {@link dev.fairway.service.ServiceSnapshot}, {@link
 * dev.fairway.service.ServiceInfo}, {@link dev.fairway.service.EndpointSet}, {@link
 * dev.fairway.service.EndpointSelection}, {@link dev.fairway.service.ServiceTracer}.
 */
@NullMarked
package dev.fairway.service;

import org.jspecify.annotations.NullMarked;
