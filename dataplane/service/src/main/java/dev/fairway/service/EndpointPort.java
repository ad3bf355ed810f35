// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/**
 * Name and protocol of a port that slices carry; the number may differ between endpoints.
 *
 * @param name "" for an unnamed port
 */
public record EndpointPort(String name, Protocol protocol) {}
