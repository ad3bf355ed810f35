// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.filter.Cors;
import dev.fairway.ingress.filter.HeaderChanges;
import dev.fairway.ingress.filter.PathChange;
import dev.fairway.ingress.filter.RequestHeaderModifier;
import dev.fairway.ingress.filter.RequestMirror;
import dev.fairway.ingress.filter.RequestRedirect;
import dev.fairway.ingress.filter.ResponseHeaderModifier;
import dev.fairway.ingress.filter.UrlRewrite;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes filters of those of a rule or of a backend. */
final class FilterCompiler {
  private static final String UNSUPPORTED = "UnsupportedValue";

  private final BackendResolver backends;
  private final CompiledRoute result;

  /**
   * @param backends finds the targets of mirrors
   * @param result gets what is wrong with references
   */
  FilterCompiler(BackendResolver backends, CompiledRoute result) {
    this.backends = backends;
    this.result = result;
  }

  /**
   * The filters in their order.
   *
   * @param match the match of the requests that pass them
   * @throws InvalidRuleException where one is not served or two contradict each other
   */
  List<RouteFilter> compile(List<HttpFilter> filters, RouteMatch match)
      throws InvalidRuleException {
    List<RouteFilter> compiled = new ArrayList<>();
    boolean redirects = false;
    boolean rewrites = false;
    for (HttpFilter filter : filters) {
      redirects |= filter.type().equals("RequestRedirect");
      rewrites |= filter.type().equals("URLRewrite");
      RouteFilter made = compile(filter, match);
      if (made != null) {
        compiled.add(made);
      }
    }
    if (redirects && rewrites) {
      throw new InvalidRuleException(
          "IncompatibleFilters", "a rule cannot have both RequestRedirect and URLRewrite");
    }
    return compiled;
  }

  private @Nullable RouteFilter compile(HttpFilter filter, RouteMatch match)
      throws InvalidRuleException {
    return switch (filter.type()) {
      case "RequestHeaderModifier" ->
          new RequestHeaderModifier(changes(required(filter.requestHeaderModifier())));
      case "ResponseHeaderModifier" ->
          new ResponseHeaderModifier(changes(required(filter.responseHeaderModifier())));
      case "RequestRedirect" -> redirect(required(filter.requestRedirect()), match);
      case "URLRewrite" -> rewrite(required(filter.urlRewrite()), match);
      case "RequestMirror" -> mirror(required(filter.requestMirror()));
      case "CORS" -> cors(required(filter.cors()));
      default ->
          throw new InvalidRuleException(
              UNSUPPORTED, "a filter is of a type that is not supported");
    };
  }

  private static <T> T required(@Nullable T part) throws InvalidRuleException {
    if (part == null) {
      throw new InvalidRuleException(UNSUPPORTED, "a filter lacks the settings of its type");
    }
    return part;
  }

  private static HeaderChanges changes(HttpFilter.HeaderModifier modifier)
      throws InvalidRuleException {
    List<HeaderChanges.Header> set = headers(modifier.set());
    List<HeaderChanges.Header> add = headers(modifier.add());
    for (String name : modifier.remove()) {
      check(HeaderChanges.isName(name));
    }
    return new HeaderChanges(set, add, modifier.remove());
  }

  private static List<HeaderChanges.Header> headers(List<HttpFilter.Header> headers)
      throws InvalidRuleException {
    List<HeaderChanges.Header> result = new ArrayList<>();
    for (HttpFilter.Header header : headers) {
      check(HeaderChanges.isName(header.name()) && HeaderChanges.isValue(header.value()));
      result.add(new HeaderChanges.Header(header.name(), header.value()));
    }
    return result;
  }

  private static void check(boolean valid) throws InvalidRuleException {
    if (!valid) {
      throw new InvalidRuleException(
          UNSUPPORTED, "a filter names a header field or value that HTTP does not allow");
    }
  }

  private static RequestRedirect redirect(HttpFilter.Redirect redirect, RouteMatch match)
      throws InvalidRuleException {
    String scheme = redirect.scheme() == null ? "" : redirect.scheme();
    int status = redirect.statusCode() == null ? 302 : redirect.statusCode();
    if (!(scheme.isEmpty() || scheme.equals("http") || scheme.equals("https"))) {
      throw new InvalidRuleException(UNSUPPORTED, "a redirect can only lead to http or https");
    }
    switch (status) {
      case 301, 302, 303, 307, 308 -> {}
      default -> throw new InvalidRuleException(UNSUPPORTED, status + " is not a redirect");
    }
    return new RequestRedirect(
        scheme,
        redirect.hostname() == null ? "" : redirect.hostname(),
        redirect.port() == null ? 0 : redirect.port(),
        path(redirect.path(), match),
        status);
  }

  private static UrlRewrite rewrite(HttpFilter.Rewrite rewrite, RouteMatch match)
      throws InvalidRuleException {
    return new UrlRewrite(
        rewrite.hostname() == null ? "" : rewrite.hostname(), path(rewrite.path(), match));
  }

  private static @Nullable PathChange path(
      HttpFilter.@Nullable PathModifier modifier, RouteMatch match) throws InvalidRuleException {
    if (modifier == null) {
      return null;
    }
    String full = modifier.replaceFullPath();
    String prefix = modifier.replacePrefixMatch();
    if (modifier.type().equals("ReplaceFullPath") && full != null) {
      return PathChange.full(full);
    }
    if (modifier.type().equals("ReplacePrefixMatch") && prefix != null) {
      if (match.pathType() != PathType.PREFIX) {
        throw new InvalidRuleException(
            "IncompatibleFilters", "ReplacePrefixMatch needs a match of type PathPrefix");
      }
      return PathChange.prefix(match.path(), prefix);
    }
    throw new InvalidRuleException(UNSUPPORTED, "a path is changed in a way that is not known");
  }

  private @Nullable RouteFilter mirror(HttpFilter.Mirror mirror) throws InvalidRuleException {
    BackendReference reference = required(mirror.backendRef());
    BackendResolver.Resolution resolution = backends.resolve(reference);
    Problem problem = resolution.problem();
    if (problem != null) {
      result.unresolved(problem);
    }
    UpstreamSpec upstream = resolution.upstream();
    if (upstream == null) {
      return null;
    }
    HttpFilter.Fraction fraction = mirror.fraction();
    Integer percent = mirror.percent();
    if (fraction != null) {
      int of = fraction.denominator() == null ? 100 : fraction.denominator();
      return new RequestMirror(upstream, fraction.numerator(), of);
    }
    return new RequestMirror(upstream, percent == null ? 100 : percent, 100);
  }

  private static RouteFilter cors(HttpFilter.Cors cors) {
    return new Cors(
        cors.allowOrigins(),
        Boolean.TRUE.equals(cors.allowCredentials()),
        cors.allowMethods(),
        cors.allowHeaders(),
        cors.exposeHeaders(),
        cors.maxAge() == null ? 5 : cors.maxAge());
  }
}
