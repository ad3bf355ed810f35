// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * A target of a route.
 *
 * @param weight share of the requests among the backends of one route; 0 takes none
 */
public record BackendRef(BackendPort port, int weight) {}
