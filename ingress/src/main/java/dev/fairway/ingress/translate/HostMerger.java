// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VirtualHost;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.translate.CompiledIngress.HostPart;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.ingress.translate.nginx.ClientCertificateSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Weighs what several Ingresses ask for on one host: the older one wins every conflict. */
final class HostMerger {
  /**
   * The routes of a host, and what is wrong with them.
   *
   * @param routes null where nobody but canaries names the host
   * @param upstreams that no Ingress names alone
   * @param clients how clients of the host are asked for certificates, or null
   * @param passthrough who ends the TLS of the host, where the gateway does not, or null
   */
  record Merged(
      @Nullable VirtualHost routes,
      Set<UpstreamSpec> upstreams,
      @Nullable ClientVerification clients,
      @Nullable BackendRef passthrough,
      List<Diagnostic> diagnostics) {}

  private final String host;
  private final List<CompiledIngress> contributors = new ArrayList<>();
  private final VirtualHost.Builder routes = new VirtualHost.Builder();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private final Map<PathPlan, CompiledIngress> canaries = new LinkedHashMap<>();
  private final Set<UpstreamSpec> upstreams = new HashSet<>();
  private HostFacts facts = new HostFacts(false, false, null);
  private @Nullable ClientVerification clients;
  private @Nullable BackendRef passthrough;

  private HostMerger(String host) {
    this.host = host;
  }

  /**
   * Merges.
   *
   * @param contributors those that name the host, in order of precedence
   * @param ingressNginx whether the habits of ingress-nginx are kept
   */
  static Merged merge(String host, Collection<CompiledIngress> contributors, boolean ingressNginx) {
    HostMerger merger = new HostMerger(host);
    merger.choose(contributors);
    merger.addPaths();
    if (ingressNginx && !merger.facts.expressions()) {
      merger.addSlashRedirects();
    }
    boolean served = !merger.contributors.isEmpty();
    return new Merged(
        served ? merger.routes.build() : null,
        merger.upstreams,
        merger.clients,
        merger.passthrough,
        merger.diagnostics);
  }

  /** Leaves out those that would only lend the host a second name, where rules name it. */
  private void choose(Collection<CompiledIngress> all) {
    boolean named = false;
    for (CompiledIngress candidate : all) {
      HostPart part = candidate.host(host);
      named |= !part.spare && !part.canary;
    }
    for (CompiledIngress candidate : all) {
      HostPart part = candidate.host(host);
      if (part.canary) {
        part.paths.forEach(plan -> canaries.put(plan, candidate));
        continue;
      }
      if (named && part.spare) {
        if (part.redirect == null) {
          report(candidate, Reason.CONFLICT, "the alias " + host + " is a host of its own");
        }
        continue;
      }
      contributors.add(candidate);
    }
    boolean tls = false;
    boolean expressions = false;
    ClientCertificateSettings asked = null;
    for (CompiledIngress contributor : contributors) {
      HostPart part = contributor.host(host);
      tls |= part.tls;
      expressions |= part.expressions;
      asked = asked == null ? part.clients : asked;
    }
    facts = new HostFacts(tls, expressions, asked == null ? null : asked.guard());
    clients = asked == null ? null : asked.verification();
    choosePassthrough();
  }

  /** The oldest Ingress that says anything of the TLS of the host decides who ends it. */
  private void choosePassthrough() {
    CompiledIngress decides = null;
    for (CompiledIngress contributor : contributors) {
      HostPart part = contributor.host(host);
      if (decides == null && (part.tls || part.passthrough != null)) {
        decides = contributor;
        passthrough = part.passthrough;
      } else if (decides != null && part.passthrough != null) {
        report(
            contributor,
            Reason.CONFLICT,
            "who ends the TLS of " + host + " is decided by Ingress " + decides.ingress.key());
      } else if (passthrough != null && decides != null && part.tls) {
        report(
            contributor,
            Reason.CONFLICT,
            "the TLS of " + host + " is ended by a backend of Ingress " + decides.ingress.key());
      }
    }
  }

  private void addPaths() {
    for (CompiledIngress compiled : contributors) {
      HostPart part = compiled.host(host);
      for (PathPlan plan : part.paths) {
        add(compiled, plan);
      }
      if (part.fallback != null) {
        routes.addDefault(part.fallback.route(facts));
      }
      if (part.redirect != null) {
        routes.addDefault(part.redirect);
      }
    }
    canaries.forEach((plan, compiled) ->
        report(
            compiled,
            Reason.CANARY_IGNORED,
            "no other Ingress has a path for the canary '"
                + Printable.of(plan.written())
                + "' of host '"
                + host
                + "', or it has a canary already"));
  }

  /** The canary of a path, which is taken. */
  private @Nullable PathPlan canaryOf(PathPlan main) {
    for (PathPlan candidate : canaries.keySet()) {
      if (candidate.hasPathOf(main)) {
        canaries.remove(candidate);
        return candidate;
      }
    }
    return null;
  }

  private void add(CompiledIngress compiled, PathPlan plan) {
    Route earlier;
    PathPlan canary = canaryOf(plan);
    UpstreamSpec shared = canary == null ? null : plan.canaryUpstream(canary);
    if (shared != null) {
      upstreams.add(shared);
    }
    try {
      earlier = routes.add(plan.route(facts, canary));
    } catch (PatternSyntaxException notRe2) {
      report(
          compiled,
          Reason.INVALID_REGEX,
          "path '" + Printable.of(plan.written()) + "' is no expression, which this host asks for");
      return;
    }
    if (earlier != null) {
      report(
          compiled,
          Reason.CONFLICT,
          "host '"
              + host
              + "' path '"
              + Printable.of(plan.match().path())
              + "' is served by "
              + earlier.origin());
    }
  }

  /** nginx redirects a path that is only known with a slash at its end. */
  private void addSlashRedirects() {
    Set<String> known = new HashSet<>();
    for (CompiledIngress compiled : contributors) {
      for (PathPlan plan : compiled.host(host).paths) {
        known.add(plan.match().path());
      }
    }
    for (CompiledIngress compiled : contributors) {
      for (PathPlan plan : compiled.host(host).paths) {
        if (plan.endsInSlash() && known.add(plan.withoutSlash())) {
          routes.add(plan.slashRedirect(facts));
        }
      }
    }
  }

  private void report(CompiledIngress compiled, Reason reason, String message) {
    diagnostics.add(
        new Diagnostic(compiled.ingress.key(), compiled.ingress.metadata().uid(), reason, message));
  }
}
