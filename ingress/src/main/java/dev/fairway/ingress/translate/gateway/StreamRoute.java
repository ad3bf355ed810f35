// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import java.util.List;

/**
 * Where the connections or datagrams of a listener go.
 *
 * @param origin the object that the route comes from, for people
 * @param hostname of TLS: a lower-case name, {@code *.parent} or "" for every name; else ""
 * @param backends by weight; empty where the route leads nowhere
 */
record StreamRoute(String origin, String hostname, List<BackendRef> backends) {
  StreamRoute {
    backends = List.copyOf(backends);
  }
}
