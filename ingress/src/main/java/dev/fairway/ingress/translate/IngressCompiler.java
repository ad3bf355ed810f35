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
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles one Ingress, without a look at the others. Pure. */
final class IngressCompiler {
  private static final String OWN = "fairway.dev/";
  private static final String NGINX = "nginx.ingress.kubernetes.io/";
  private static final Set<String> SUPPORTED =
      Set.of(OWN + "ssl-redirect", NGINX + "ssl-redirect", NGINX + "force-ssl-redirect");

  private final Ingress ingress;
  private final Lookup lookup;
  private final RoutePolicy policy;
  private final CompiledIngress compiled;
  private final String origin;

  private IngressCompiler(Ingress ingress, Lookup lookup, TranslatorOptions options) {
    this.ingress = ingress;
    this.lookup = lookup;
    policy = options.policy();
    compiled = new CompiledIngress(ingress, lookup);
    origin = "Ingress " + ingress.key();
  }

  /** Compiles; whatever is wrong is reported in the result. */
  static CompiledIngress compile(Ingress ingress, Lookup lookup, TranslatorOptions options) {
    IngressCompiler compiler = new IngressCompiler(ingress, lookup, options);
    compiler.compile();
    return compiler.compiled;
  }

  private void compile() {
    checkAnnotations();
    Ingress.Backend defaultBackend = ingress.spec().defaultBackend();
    List<Ingress.Rule> rules = ingress.spec().rules();
    RouteAction defaultAction = defaultBackend == null ? null : action(defaultBackend);
    for (Ingress.Rule rule : rules) {
      compileRule(rule, defaultAction);
    }
    if (rules.isEmpty() && defaultAction != null) {
      compiled.everything = route(RouteMatch.path("", PathType.PREFIX, "/"), defaultAction);
    }
  }

  private void compileRule(Ingress.Rule rule, @Nullable RouteAction defaultAction) {
    String host = rule.host().toLowerCase(Locale.ROOT);
    String name = host.startsWith("*.") ? host.substring(2) : host;
    if (!name.equals(HostName.normalize(name)) || (host.startsWith("*") && name.equals(host))) {
      report(Reason.INVALID_HOST, "'" + Printable.of(host) + "' is not a host name");
      return;
    }
    CompiledIngress.HostPart part = compiled.host(host);
    Ingress.Http http = rule.http();
    if (http != null) {
      for (Ingress.Path path : http.paths()) {
        compilePath(host, path, part);
      }
    }
    if (defaultAction != null && part.fallback == null) {
      part.fallback = route(RouteMatch.path(host, PathType.PREFIX, "/"), defaultAction);
    }
  }

  private void compilePath(String host, Ingress.Path path, CompiledIngress.HostPart part) {
    PathType type = pathType(path);
    String text = path.path().isEmpty() && type == PathType.PREFIX ? "/" : path.path();
    RequestTarget normal = text.startsWith("/") ? RequestTarget.parse(text, "") : null;
    if (type == null || normal == null || !normal.query().isEmpty()) {
      report(
          Reason.INVALID_PATH,
          "path '"
              + Printable.of(path.path())
              + "' of type '"
              + Printable.of(path.pathType())
              + "' cannot be served");
      return;
    }
    RouteMatch match = RouteMatch.path(host, type, normal.path());
    part.routes.add(route(match, action(path.backend())));
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
              + Printable.of(backend.resource().kind())
              + " "
              + Printable.of(backend.resource().name())
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
    compiled.upstreams.add(upstream);
    checkService(target);
    return new RouteAction.Forward(List.of(BackendRef.to(upstream)));
  }

  private void checkService(BackendPort target) {
    if (!lookup.knowsServices()) {
      return;
    }
    List<ServicePort> ports = lookup.ports(target.service());
    if (ports == null) {
      report(Reason.SERVICE_NOT_FOUND, "Service " + target.service().name() + " does not exist");
      return;
    }
    for (ServicePort port : ports) {
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
    compiled.report(reason, message);
  }
}
