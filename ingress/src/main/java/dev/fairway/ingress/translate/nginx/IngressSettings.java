// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import com.google.re2j.Pattern;
import dev.fairway.ingress.filter.CorsRules;
import dev.fairway.ingress.filter.EncodedSlashGuard;
import dev.fairway.ingress.filter.HostOverride;
import dev.fairway.ingress.filter.HstsHeader;
import dev.fairway.ingress.filter.HttpsRedirect;
import dev.fairway.ingress.filter.PathRewrite;
import dev.fairway.ingress.filter.RequestMirror;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VariableText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of one Ingress mean for its routes. Immutable.
 *
 * <p>The order of the filters is that of nginx: answers without a backend, then guards, then what
 * is changed for the backend.
 */
public final class IngressSettings {
  /** When plain HTTP is redirected to HTTPS. */
  public enum Https {
    NEVER,
    WHERE_TLS,
    ALWAYS
  }

  private static final java.util.regex.Pattern REWRITE =
      java.util.regex.Pattern.compile("[/$][A-Za-z0-9._~/$:?=&%+,;@!*'()-]*");
  private static final java.util.regex.Pattern AUTHORITY =
      java.util.regex.Pattern.compile("[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\\$(?:http_)?host");
  private static final java.util.regex.Pattern EXPRESSION =
      java.util.regex.Pattern.compile(".*[()\\[\\]{}*+?|^$\\\\].*");
  private static final java.util.regex.Pattern HOST =
      java.util.regex.Pattern.compile("(?:\\*\\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?");

  private final RoutePolicy policy;
  private final Telemetry telemetry;
  private final BackendSettings backend;
  private final Https https;
  private final boolean stripsSlash;
  private final GlobalSettings global;
  private final boolean usesRegex;
  private final @Nullable String rewriteTarget;
  private final String forwardedPrefix;
  private final @Nullable CanarySettings canary;
  private final @Nullable AffinitySettings affinity;
  private final @Nullable ClientCertificateSettings clients;
  private final @Nullable DefaultBackendSettings second;
  private final boolean wwwRedirect;
  private final boolean passthrough;
  private final List<String> aliases;
  private final Set<UpstreamSpec> upstreams = new HashSet<>();
  private final List<RouteFilter> answers = new ArrayList<>(2);
  private final List<RouteFilter> guards = new ArrayList<>(2);
  private final AccessPlan access;
  private final boolean encodedSlashes;
  private final List<RouteFilter> changes = new ArrayList<>(2);

  private IngressSettings(Annotations annotations, SettingsContext context) {
    global = context.global();
    policy = PolicySettings.read(annotations, global.policy());
    telemetry = TelemetrySettings.read(annotations);
    backend = BackendSettings.read(annotations, context);
    https = https(annotations, context.global().https());
    stripsSlash = context.ingressNginx() && !annotations.flag("preserve-trailing-slash", false);
    usesRegex = annotations.flag("use-regex", false);
    rewriteTarget =
        annotations.text("rewrite-target", REWRITE, "a path with $1 to $9 for what groups matched");
    forwardedPrefix = forwardedPrefix(annotations);
    wwwRedirect = annotations.flag("from-to-www-redirect", false);
    passthrough = passthrough(annotations, context);
    aliases = aliases(annotations);
    canary = CanarySettings.read(annotations);
    clients = ClientCertificateSettings.read(annotations, context);
    second = DefaultBackendSettings.read(annotations, context);
    if (second != null) {
      upstreams.add(second.upstream());
    }
    affinity = AffinitySettings.read(annotations, context);
    if (affinity != null && affinity.needsPath() && makesHostExpressions()) {
      annotations.invalid("session-cookie-path", "a path, which expressions need; / is used");
    }
    access = AccessPlan.read(annotations, context, upstreams);
    encodedSlashes = annotations.flag("allow-encoded-slashes", false);
    readFilters(annotations, context);
  }

  /** Reads the annotations; what is wrong is reported through them. */
  public static IngressSettings read(Annotations annotations, SettingsContext context) {
    return new IngressSettings(annotations, context);
  }

  private void readFilters(Annotations annotations, SettingsContext context) {
    CorsRules cors = CorsSettings.read(annotations);
    if (cors != null) {
      answers.add(cors);
    }
    RedirectSettings.read(annotations, global.relativeRedirects(), answers);
    LimitSettings.read(annotations, context, guards);
    ResponseSettings.read(annotations, changes);
    addPresent(changes, mirror(annotations));
    VariableText authority = authority(annotations, "upstream-vhost");
    if (authority != null) {
      changes.add(new HostOverride(authority));
    }
  }

  private @Nullable RouteFilter mirror(Annotations annotations) {
    String target = annotations.text("mirror-target");
    VariableText host = authority(annotations, "mirror-host");
    if (target == null) {
      return null;
    }
    try {
      UpstreamSpec copies = ServiceUrl.parse(target).upstream();
      if (copies != null) {
        upstreams.add(copies);
        return new RequestMirror(copies, host, 1, 1);
      }
    } catch (IllegalArgumentException notAllowed) {
      // Reported below, like the URL of another host.
    }
    annotations.invalid("mirror-target", "the URL of a Service, http://name.namespace.svc");
    return null;
  }

  private static @Nullable VariableText authority(Annotations annotations, String name) {
    String text = annotations.text(name, AUTHORITY, "a host name, with a port or without");
    return text == null ? null : VariableText.compile(text);
  }

  private static void addPresent(List<RouteFilter> filters, @Nullable RouteFilter filter) {
    if (filter != null) {
      filters.add(filter);
    }
  }

  /** The steps for the requests that a backend of a route takes. */
  public List<RouteFilter> backendFilters(RouteMatch match, UpstreamSpec of) {
    List<RouteFilter> steps = new ArrayList<>(2);
    addPresent(steps, second == null ? null : second.filter(of));
    addPresent(steps, affinity == null ? null : affinity.filter(match, of));
    return steps;
  }

  /** The cookie that also holds sessions to a canary, or "". */
  public String canarySession() {
    return affinity == null || !affinity.sharesCanary() ? "" : affinity.cookie().name();
  }

  /** How this Ingress shares the requests of another one, or null. */
  public @Nullable CanarySettings canary() {
    return canary;
  }

  /** How clients of the hosts show who they are by certificates, or null. */
  public @Nullable ClientCertificateSettings clientCertificates() {
    return clients;
  }

  /** The Services that the annotations name. */
  public Set<UpstreamSpec> upstreams() {
    return Set.copyOf(upstreams);
  }

  /** What is told of the requests of the routes. */
  public Telemetry telemetry() {
    return telemetry;
  }

  /** Limits of the routes. */
  public RoutePolicy policy() {
    return policy;
  }

  /** How a port of a Service is talked to. */
  public UpstreamSpec upstream(BackendPort port) {
    return backend.upstream(port);
  }

  /** The same for a backend of a canary, which brings its own choice of endpoints. */
  public UpstreamSpec upstream(BackendPort port, IngressSettings ofCanary) {
    UpstreamSpec spec = backend.upstream(port);
    return new UpstreamSpec(
        port, spec.protocol(), spec.tls(), ofCanary.backend.balancing(), spec.policy());
  }

  /** When plain HTTP is redirected. */
  public Https https() {
    return https;
  }

  /** Further hosts of the paths, where no rule names them. */
  public List<String> aliases() {
    return aliases;
  }

  /** Whether the name with or without {@code www.} leads to the other one. */
  public boolean redirectsWww() {
    return wwwRedirect;
  }

  /** Whether the backend of {@code /} ends the TLS of the hosts itself. */
  public boolean passesTlsThrough() {
    return passthrough;
  }

  /** Whether an Ingress of ingress-nginx with these annotations makes every path an expression. */
  public boolean makesHostExpressions() {
    return usesRegex || rewriteTarget != null;
  }

  /** Whether a path of type ImplementationSpecific is an expression. */
  public boolean isExpression(String path) {
    return usesRegex || (rewriteTarget != null && EXPRESSION.matcher(path).matches());
  }

  /**
   * The filters of a route.
   *
   * @param tls whether the host is served over HTTPS with a certificate of its own
   * @param hostGuard what every path of the host is guarded by, or null
   */
  public List<RouteFilter> filters(RouteMatch match, boolean tls, @Nullable RouteFilter hostGuard) {
    List<RouteFilter> filters = new ArrayList<>();
    HstsHeader hsts = global.https().hsts();
    if (hsts != null && tls) {
      filters.add(hsts);
    }
    filters.addAll(answers);
    boolean redirects = https == Https.ALWAYS || (https == Https.WHERE_TLS && tls);
    if (redirects && !global.isPlain(match.path())) {
      filters.add(new HttpsRedirect(global.https().status(), stripsSlash));
    }
    if (!encodedSlashes && (hostGuard != null || access.dependsOnPath())) {
      filters.add(new EncodedSlashGuard());
    }
    addPresent(filters, hostGuard);
    filters.addAll(guards);
    filters.addAll(access.of(match));
    addPresent(filters, backend.closed());
    filters.addAll(changes);
    String target = rewriteTarget;
    if (target != null && !target.equals(match.path())) {
      filters.add(new PathRewrite(expression(match), target, forwardedPrefix));
    }
    return filters;
  }

  /** What the path of a route is looked for by when it is rewritten. */
  private static Pattern expression(RouteMatch match) {
    Pattern pattern = match.pattern();
    if (match.pathType() == PathType.REGEX && pattern != null) {
      return Pattern.compile(match.path(), Pattern.CASE_INSENSITIVE);
    }
    return Pattern.compile(Pattern.quote(match.path()));
  }

  private static Https https(Annotations annotations, GlobalSettings.Https usual) {
    if (annotations.flag("force-ssl-redirect", usual.always())) {
      return Https.ALWAYS;
    }
    return annotations.flag("ssl-redirect", usual.whereTls()) ? Https.WHERE_TLS : Https.NEVER;
  }

  private static String forwardedPrefix(Annotations annotations) {
    String prefix =
        annotations.text("x-forwarded-prefix", REWRITE, "a path with $1 to $9 for groups");
    return prefix == null ? "" : prefix;
  }

  private static boolean passthrough(Annotations annotations, SettingsContext context) {
    boolean wanted = annotations.flag("ssl-passthrough", false);
    if (wanted && !context.passthrough()) {
      annotations.ignored("ssl-passthrough", "the gateway runs without --enable-ssl-passthrough");
      return false;
    }
    return wanted;
  }

  private static List<String> aliases(Annotations annotations) {
    List<String> aliases = new ArrayList<>();
    for (String text : annotations.list("server-alias")) {
      String host = text.toLowerCase(Locale.ROOT);
      if (HOST.matcher(host).matches() && !host.contains("..")) {
        aliases.add(host);
      } else {
        annotations.invalid("server-alias", "host names with commas between them");
      }
    }
    return aliases;
  }
}
