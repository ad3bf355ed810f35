// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * What requests are told apart by. Only what objects of the cluster say, never what clients say.
 *
 * @param kind of the object that the route comes from, {@code Ingress} for example
 * @param service the name of the backend's Service, or ""
 * @param host of the rule, {@code _} where it has none
 * @param path of the rule
 */
record SeriesKey(
    String kind, String namespace, String name, String service, String host, String path) {
  /** What is left when there are too many. */
  static final SeriesKey OVERFLOW = new SeriesKey("", "", "", "", "_", "_overflow");

  static SeriesKey of(Route route, @Nullable BackendRef backend, boolean perHost) {
    String origin = route.origin();
    int space = origin.indexOf(' ');
    int slash = origin.indexOf('/', space + 1);
    String host = route.match().host();
    String service =
        backend != null && backend.target() instanceof BackendRef.Service target
            ? target.upstream().port().service().name()
            : "";
    return new SeriesKey(
        origin.substring(0, Math.max(0, space)),
        slash < 0 ? "" : origin.substring(space + 1, slash),
        origin.substring(Math.max(slash, space) + 1),
        service,
        !perHost || host.isEmpty() ? "_" : host,
        route.match().path());
  }
}
