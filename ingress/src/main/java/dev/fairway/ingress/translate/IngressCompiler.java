// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.filter.HostRedirect;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.HostName;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.ingress.translate.nginx.Annotations;
import dev.fairway.ingress.translate.nginx.ClientCertificateSettings;
import dev.fairway.ingress.translate.nginx.GlobalSettings;
import dev.fairway.ingress.translate.nginx.IngressSettings;
import dev.fairway.ingress.translate.nginx.Problems;
import dev.fairway.ingress.translate.nginx.SettingsContext;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compiles one Ingress, without a look at the others. Pure. */
final class IngressCompiler {
  /** What ingress-nginx takes for a path that is no expression. */
  private static final Pattern LITERAL = Pattern.compile("/[A-Za-z0-9._/-]*");

  private final Ingress ingress;
  private final Lookup lookup;
  private final TranslatorOptions options;
  private final GlobalSettings global;
  private final FilterMemory memory;
  private final IngressSettings settings;
  private final CompiledIngress compiled;
  private final String origin;

  private IngressCompiler(
      Ingress ingress,
      Lookup lookup,
      TranslatorOptions options,
      GlobalSettings global,
      FilterMemory memory) {
    this.ingress = ingress;
    this.lookup = lookup;
    this.options = options;
    this.global = global;
    this.memory = memory;
    compiled = new CompiledIngress(ingress, lookup);
    settings = settings(ingress);
    origin = "Ingress " + ingress.key();
  }

  /** Compiles; whatever is wrong is reported in the result. */
  static CompiledIngress compile(
      Ingress ingress,
      Lookup lookup,
      TranslatorOptions options,
      GlobalSettings global,
      FilterMemory memory) {
    IngressCompiler compiler = new IngressCompiler(ingress, lookup, options, global, memory);
    compiler.compile();
    return compiler.compiled;
  }

  private IngressSettings settings(Ingress of) {
    Annotations annotations =
        Annotations.read(of.metadata().annotations(), options.annotationPrefix(), this::report);
    return IngressSettings.read(
        annotations,
        new SettingsContext(
            of.key(),
            global,
            options.ingressNginx(),
            options.passthrough(),
            options.foreignSecrets(),
            lookup::secret,
            lookup::ports,
            memory.zones(),
            memory.passwords(),
            memory.answers(),
            memory.keys(),
            memory.clock()));
  }

  private void compile() {
    compiled.upstreams.addAll(settings.upstreams());
    Ingress.Backend defaultBackend = ingress.spec().defaultBackend();
    List<Ingress.Rule> rules = ingress.spec().rules();
    RouteAction defaultAction = defaultBackend == null ? null : action(defaultBackend);
    for (Ingress.Rule rule : rules) {
      compileRule(rule, defaultAction);
    }
    if (settings.passesTlsThrough() && settings.canary() == null) {
      compiled.hosts.forEach(this::passThrough);
    }
    if (rules.isEmpty() && defaultAction != null && settings.canary() == null) {
      compiled.everything = everything("", defaultAction).route(hostless());
    }
  }

  private HostFacts hostless() {
    ClientCertificateSettings clients = settings.clientCertificates();
    return new HostFacts(hasTls(""), false, clients == null ? null : clients.guard());
  }

  private PathPlan everything(String host, RouteAction action) {
    RouteMatch all = RouteMatch.path(host, PathType.PREFIX, "/");
    return new PathPlan(origin, "/", all, action, settings);
  }

  private void compileRule(Ingress.Rule rule, @Nullable RouteAction defaultAction) {
    String host = rule.host().toLowerCase(Locale.ROOT);
    String name = host.startsWith("*.") ? host.substring(2) : host;
    if (!name.equals(HostName.normalize(name)) || (host.startsWith("*") && name.equals(host))) {
      report(Reason.INVALID_HOST, "'" + Printable.of(host) + "' is not a host name");
      return;
    }
    compileHost(host, rule, defaultAction, false);
    for (String alias : settings.aliases()) {
      compileHost(alias, rule, defaultAction, true);
    }
    if (settings.redirectsWww() && !host.isEmpty() && !host.startsWith("*.")) {
      redirectTo(host);
    }
  }

  private void compileHost(
      String host, Ingress.Rule rule, @Nullable RouteAction defaultAction, boolean spare) {
    if (spare && compiled.hosts.containsKey(host) && !compiled.host(host).spare) {
      return;
    }
    CompiledIngress.HostPart part = compiled.host(host);
    part.spare = spare;
    part.tls = hasTls(host);
    part.expressions = options.ingressNginx() && settings.makesHostExpressions();
    Ingress.Http http = rule.http();
    if (http != null) {
      for (Ingress.Path path : http.paths()) {
        compilePath(host, path, part);
      }
    }
    part.clients = settings.clientCertificates();
    part.canary = settings.canary() != null;
    if (defaultAction != null && part.fallback == null && !part.canary) {
      part.fallback = everything(host, defaultAction);
    }
  }

  /** Hands the TLS of a host to the backend of its path {@code /}. */
  private void passThrough(String host, CompiledIngress.HostPart part) {
    PathPlan everything = part.fallback;
    for (PathPlan plan : part.paths) {
      if (plan.written().equals("/") && plan.match().pathType() != PathType.EXACT) {
        everything = plan;
      }
    }
    if (everything != null
        && everything.action() instanceof RouteAction.Forward forward
        && !host.isEmpty()) {
      part.passthrough = forward.backends().getFirst();
    } else if (part.redirect == null) {
      report(
          Reason.ANNOTATION_INVALID,
          "ssl-passthrough needs the name of a host and a Service for its path /; TLS of '"
              + Printable.of(host)
              + "' is ended by the gateway");
    }
  }

  /** Makes the name with or without www lead to a host. */
  private void redirectTo(String host) {
    String other = host.startsWith("www.") ? host.substring(4) : "www." + host;
    if (compiled.hosts.containsKey(other)) {
      return;
    }
    CompiledIngress.HostPart part = compiled.host(other);
    part.spare = true;
    part.redirect =
        new Route(
            origin,
            RouteMatch.path(other, PathType.PREFIX, "/"),
            List.of(new HostRedirect(308, host)),
            new RouteAction.Respond(404, "the host leads to another one"),
            settings.policy(),
            settings.telemetry());
  }

  private void compilePath(String host, Ingress.Path path, CompiledIngress.HostPart part) {
    RouteMatch match = match(host, path);
    if (match == null) {
      return;
    }
    String written = path.path().isEmpty() ? "/" : path.path();
    part.paths.add(new PathPlan(origin, written, match, action(path.backend()), settings));
  }

  /** What a path matches, or null where it cannot be served, which is reported. */
  private @Nullable RouteMatch match(String host, Ingress.Path path) {
    PathType type = pathType(path);
    String text = path.path().isEmpty() && type == PathType.PREFIX ? "/" : path.path();
    boolean free = path.pathType().equals("ImplementationSpecific") || path.pathType().isEmpty();
    if (free && settings.isExpression(text)) {
      try {
        return RouteMatch.regex(host, text, false);
      } catch (PatternSyntaxException notRe2) {
        report(
            Reason.INVALID_REGEX,
            "path '" + Printable.of(text) + "' is no expression: " + notRe2.getDescription());
        return null;
      }
    }
    RequestTarget normal = text.startsWith("/") ? RequestTarget.parse(text, "") : null;
    boolean strict = options.ingressNginx() && !free && !LITERAL.matcher(text).matches();
    if (type == null || normal == null || !normal.query().isEmpty() || strict) {
      report(
          Reason.INVALID_PATH,
          "path '"
              + Printable.of(path.path())
              + "' of type '"
              + Printable.of(path.pathType())
              + "' cannot be served");
      return null;
    }
    return RouteMatch.path(host, type, normal.path());
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
    UpstreamSpec upstream = settings.upstream(target);
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
    if (lookup.isName(target.service())) {
      if (!options.externalNames()) {
        report(
            Reason.UNSUPPORTED_BACKEND,
            "Service "
                + target.service().name()
                + " is of type ExternalName, and the gateway runs without --enable-external-name;"
                + " its paths answer 503");
        return;
      }
      if (target.number() > 0) {
        return; // a number that is not listed stands for itself
      }
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

  private void report(Problems.Kind kind, String message) {
    report(
        switch (kind) {
          case UNSUPPORTED -> Reason.UNSUPPORTED_ANNOTATION;
          case UNKNOWN -> Reason.UNKNOWN_ANNOTATION;
          case REFUSED -> Reason.REFUSED_ANNOTATION;
          case INVALID, BROKEN_REFERENCE, RESTART -> Reason.ANNOTATION_INVALID;
        },
        message);
  }

  private void report(Reason reason, String message) {
    compiled.report(reason, message);
  }
}
