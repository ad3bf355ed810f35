// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.DefaultBackend;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The annotations about a second backend. Immutable.
 *
 * @param statuses of responses that its pages replace
 */
record DefaultBackendSettings(
    UpstreamSpec upstream, Set<Integer> statuses, SettingsContext context) {
  private static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

  /** Null where the annotations give none. */
  static @Nullable DefaultBackendSettings read(Annotations annotations, SettingsContext context) {
    Set<Integer> statuses = statuses(annotations, context.global().errorStatuses());
    if (annotations.flag("disable-proxy-intercept-errors", false)) {
      statuses = Set.of();
    }
    String name = annotations.text("default-backend", NAME, "the name of a Service");
    if (name == null) {
      if (!statuses.isEmpty() && annotations.has("custom-http-errors")) {
        annotations.broken("custom-http-errors", "there is no default-backend with pages");
      }
      return null;
    }
    ServiceName service = new ServiceName(context.ingress().namespace(), name);
    List<ServicePort> ports = context.ports().apply(service);
    for (ServicePort port : ports == null ? List.<ServicePort>of() : ports) {
      if (port.name().protocol() == Protocol.TCP) {
        UpstreamSpec upstream = UpstreamSpec.plain(new BackendPort(service, "", port.port()));
        return new DefaultBackendSettings(upstream, statuses, context);
      }
    }
    annotations.broken("default-backend", "Service " + name + " has no TCP port, or is unknown");
    return null;
  }

  /** The statuses that pages replace. */
  static Set<Integer> statuses(Annotations annotations, Set<Integer> fallback) {
    if (!annotations.has("custom-http-errors")) {
      return fallback;
    }
    Set<Integer> statuses = new HashSet<>();
    for (String text : annotations.list("custom-http-errors")) {
      if (text.matches("[45][0-9]{2}")) {
        statuses.add(Integer.parseInt(text));
      } else {
        annotations.invalid("custom-http-errors", "statuses from 400 to 599 with commas between");
      }
    }
    return statuses;
  }

  /** The step for the requests that a backend takes. */
  RouteFilter filter(UpstreamSpec first) {
    BackendPort port = first.port();
    return new DefaultBackend(
        upstream,
        statuses,
        context.ingress().namespace(),
        context.ingress().name(),
        port.service().name(),
        port.name().isEmpty() ? Integer.toString(port.number()) : port.name());
  }
}
