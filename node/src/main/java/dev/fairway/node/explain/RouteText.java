// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.ValueMatch;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route in words, with who can answer behind it. */
final class RouteText {
  private final ClusterView view;

  RouteText(ClusterView view) {
    this.view = view;
  }

  /** Adds what the route does with a request; whether somebody answers. */
  boolean describe(Route route, List<String> lines) {
    lines.add("rule: " + words(route.match()));
    boolean answers = true;
    for (RouteFilter filter : route.filters()) {
      lines.add(filter.describe());
    }
    switch (route.action()) {
      case RouteAction.Respond(int status, String reason) -> {
        lines.add("the answer is " + status + ": " + reason);
        answers = status < 400;
      }
      case RouteAction.Forward(List<BackendRef> backends) -> {
        answers = false;
        for (BackendRef backend : backends) {
          answers |=
              switch (backend.target()) {
                case BackendRef.Service service -> describe(service.upstream().port(), lines);
                case BackendRef.Broken broken -> {
                  lines.add("the answer is " + broken.status() + ": " + broken.reason());
                  yield false;
                }
              };
        }
      }
    }
    return answers;
  }

  private boolean describe(BackendPort backend, List<String> lines) {
    lines.add("");
    ServiceInfo service = view.services().service(backend.service());
    ServicePort port = service == null ? null : port(service, backend);
    if (service == null || port == null) {
      lines.add(
          "backend "
              + backend
              + ": there is no such Service"
              + (service == null ? "" : " port")
              + ", the answer is 503");
      return false;
    }
    EndpointSet endpoints = service.endpoints(port.name().port(), port.name().protocol());
    int ready = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      ready += endpoints.isReady(i) ? 1 : 0;
    }
    lines.add(
        "backend Service "
            + port.name().service()
            + ", port "
            + (port.name().port().isEmpty() ? port.port() : port.name().port())
            + ": "
            + (ready == 0
                ? "no endpoint is ready, the answer is 503"
                : "forwarded to one of " + AddressExplainer.count(ready, "ready endpoint")));
    lines.addAll(
        EndpointText.of(endpoints, endpoints::isReady, i -> EndpointText.condition(endpoints, i)));
    return ready > 0;
  }

  private static @Nullable ServicePort port(ServiceInfo service, BackendPort backend) {
    for (ServicePort port : service.ports()) {
      if (backend.name().isEmpty()
          ? port.port() == backend.number()
          : port.name().port().equals(backend.name())) {
        return port;
      }
    }
    return null;
  }

  private static String words(RouteMatch match) {
    return "host "
        + (match.host().isEmpty() ? "any" : match.host())
        + ", path "
        + match.path()
        + " ("
        + switch (match.pathType()) {
          case EXACT -> "Exact";
          case PREFIX -> "Prefix";
          case REGEX -> "expression";
        }
        + ")"
        + conditions(match);
  }

  /** What else a request must say. */
  private static String conditions(RouteMatch match) {
    List<String> all = new ArrayList<>();
    if (match.method() != null) {
      all.add("method " + match.method());
    }
    match.headers().forEach(header -> all.add("header field " + words(header)));
    match.queries().forEach(query -> all.add("query parameter " + words(query)));
    return all.isEmpty() ? "" : ", only with " + String.join(", ", all);
  }

  private static String words(ValueMatch match) {
    return match.name() + (match.pattern() == null ? " = " : " like ") + match.value();
  }
}
