// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.filter.HttpsRedirect;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.HostName;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles one Ingress into the routes of a table under construction. */
final class IngressCompiler {
  private static final String OWN = "fairway.dev/";
  private static final String NGINX = "nginx.ingress.kubernetes.io/";
  private static final Set<String> SUPPORTED =
      Set.of(OWN + "ssl-redirect", NGINX + "ssl-redirect", NGINX + "force-ssl-redirect");

  private final Ingress ingress;
  private final IngressObjects objects;
  private final RoutePolicy policy;
  private final RouteTable.Builder routes;
  private final Set<UpstreamSpec> upstreams;
  private final List<Diagnostic> diagnostics;
  private final String origin;

  IngressCompiler(
      Ingress ingress,
      IngressObjects objects,
      RoutePolicy policy,
      RouteTable.Builder routes,
      Set<UpstreamSpec> upstreams,
      List<Diagnostic> diagnostics) {
    this.ingress = ingress;
    this.objects = objects;
    this.policy = policy;
    this.routes = routes;
    this.upstreams = upstreams;
    this.diagnostics = diagnostics;
    origin = "Ingress " + ingress.key();
  }

  void compile() {
    checkAnnotations();
    Ingress.Backend defaultBackend = ingress.spec().defaultBackend();
    List<Ingress.Rule> rules = ingress.spec().rules();
    RouteAction defaultAction = defaultBackend == null ? null : action(defaultBackend);
    for (Ingress.Rule rule : rules) {
      compileRule(rule, defaultAction);
    }
    if (rules.isEmpty() && defaultAction != null) {
      Route route = route(RouteMatch.path("", PathType.PREFIX, "/"), defaultAction);
      Route earlier = routes.addDefault(route);
      if (earlier != null) {
        report(Reason.CONFLICT, "the default backend of everything is that of " + earlier.origin());
      }
    }
  }

  private void compileRule(Ingress.Rule rule, @Nullable RouteAction defaultAction) {
    String host = rule.host().toLowerCase(Locale.ROOT);
    String name = host.startsWith("*.") ? host.substring(2) : host;
    if (!name.equals(HostName.normalize(name)) || (host.startsWith("*") && name.equals(host))) {
      report(Reason.INVALID_HOST, "'" + printable(host) + "' is not a host name");
      return;
    }
    routes.claimHost(host);
    Ingress.Http http = rule.http();
    if (http != null) {
      for (Ingress.Path path : http.paths()) {
        compilePath(host, path);
      }
    }
    if (defaultAction != null) {
      routes.addHostDefault(
          host, route(RouteMatch.path(host, PathType.PREFIX, "/"), defaultAction));
    }
  }

  private void compilePath(String host, Ingress.Path path) {
    PathType type = pathType(path);
    String text = path.path().isEmpty() && type == PathType.PREFIX ? "/" : path.path();
    RequestTarget normal = text.startsWith("/") ? RequestTarget.parse(text, "") : null;
    if (type == null || normal == null || !normal.query().isEmpty()) {
      report(
          Reason.INVALID_PATH,
          "path '"
              + printable(path.path())
              + "' of type '"
              + printable(path.pathType())
              + "' cannot be served");
      return;
    }
    RouteMatch match = RouteMatch.path(host, type, normal.path());
    Route earlier = routes.add(route(match, action(path.backend())));
    if (earlier != null) {
      report(
          Reason.CONFLICT,
          "host '" + host + "' path '" + printable(text) + "' is served by " + earlier.origin());
    }
  }

  private static @Nullable PathType pathType(Ingress.Path path) {
    return switch (path.pathType()) {
      case "Exact" -> PathType.EXACT;
      case "Prefix", "ImplementationSpecific", "" -> PathType.PREFIX;
      default -> null;
    };
  }

  private RouteAction action(Ingress.@Nullable Backend backend) {
    Ingress.ServiceBackend service = backend == null ? null : backend.service();
    if (backend != null && backend.resource() != null) {
      report(
          Reason.UNSUPPORTED_BACKEND,
          "backend "
              + printable(backend.resource().kind())
              + " "
              + printable(backend.resource().name())
              + " is not a Service; its paths answer 503");
      return new RouteAction.Respond(503, "the backend of this route is not a Service");
    }
    if (service == null) {
      return new RouteAction.Respond(404, "the route has no backend");
    }
    ServiceName name = new ServiceName(ingress.metadata().namespace(), service.name());
    Ingress.ServicePort port = service.port();
    String portName = port == null || port.name() == null ? "" : port.name();
    Integer number = port == null ? null : port.number();
    BackendPort target =
        new BackendPort(name, portName, number == null || !portName.isEmpty() ? 0 : number);
    UpstreamSpec upstream = UpstreamSpec.plain(target);
    upstreams.add(upstream);
    checkService(target);
    return new RouteAction.Forward(List.of(BackendRef.to(upstream)));
  }

  private void checkService(BackendPort target) {
    ServiceSnapshot services = objects.services();
    if (services == null) {
      return;
    }
    ServiceInfo service = services.service(target.service());
    if (service == null) {
      report(Reason.SERVICE_NOT_FOUND, "Service " + target.service().name() + " does not exist");
      return;
    }
    for (ServicePort port : service.ports()) {
      boolean matches =
          target.name().isEmpty()
              ? port.port() == target.number()
              : port.name().port().equals(target.name());
      if (matches && port.name().protocol() == Protocol.TCP) {
        return;
      }
    }
    report(
        Reason.SERVICE_PORT_NOT_FOUND,
        "Service " + target.service().name() + " has no such TCP port: " + target);
  }

  private Route route(RouteMatch match, RouteAction action) {
    List<RouteFilter> filters =
        redirectsToHttps(match.host()) ? List.of(new HttpsRedirect(308)) : List.of();
    return new Route(origin, match, filters, action, policy);
  }

  /** No redirect unless asked for; without a certificate for the host only where forced. */
  private boolean redirectsToHttps(String host) {
    Map<String, String> annotations = ingress.metadata().annotations();
    if ("true".equals(annotations.get(NGINX + "force-ssl-redirect"))) {
      return true;
    }
    String asked =
        annotations.getOrDefault(OWN + "ssl-redirect", annotations.get(NGINX + "ssl-redirect"));
    return "true".equals(asked) && hasTls(host);
  }

  private boolean hasTls(String host) {
    int dot = host.indexOf('.');
    String wildcard = dot < 0 ? "" : "*" + host.substring(dot);
    for (Ingress.Tls tls : ingress.spec().tls()) {
      if (tls.hosts().isEmpty() || tls.hosts().contains(host) || tls.hosts().contains(wildcard)) {
        return true;
      }
    }
    return false;
  }

  private void checkAnnotations() {
    List<String> unsupported = new ArrayList<>();
    for (String key : ingress.metadata().annotations().keySet()) {
      boolean ours = key.startsWith(OWN) || key.startsWith(NGINX);
      if (ours && !SUPPORTED.contains(key)) {
        unsupported.add(key);
      }
    }
    if (!unsupported.isEmpty()) {
      unsupported.sort(null);
      report(Reason.UNSUPPORTED_ANNOTATION, "not supported and ignored: " + unsupported);
    }
  }

  private void report(Reason reason, String message) {
    diagnostics.add(new Diagnostic(ingress.key(), ingress.metadata().uid(), reason, message));
  }

  /** User text for a message: bounded and without control characters. */
  private static String printable(@Nullable String text) {
    String known = text == null ? "" : text;
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(known.length(), 200); i++) {
      char c = known.charAt(i);
      out.append(c >= ' ' && c < 127 ? c : '?');
    }
    return out.toString();
  }
}
