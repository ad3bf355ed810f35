// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RouteFilter;
import org.jspecify.annotations.Nullable;

/**
 * What all Ingresses of a host mean for each of its paths.
 *
 * @param tls whether the host has TLS
 * @param expressions whether every path is an expression in any case, as ingress-nginx has it
 * @param guard of every path, or null
 */
record HostFacts(boolean tls, boolean expressions, @Nullable RouteFilter guard) {}
