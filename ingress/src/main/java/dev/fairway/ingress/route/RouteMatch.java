// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * What a request must look like for a route to apply.
 *
 * @param host a lower-case host name, {@code *.parent} for exactly one label below the parent, or
 *     "" for every host that no other route claims
 * @param path starts with a slash
 */
public record RouteMatch(String host, PathType pathType, String path) {}
