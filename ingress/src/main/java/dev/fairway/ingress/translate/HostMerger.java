// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.VirtualHost;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Weighs what several Ingresses ask for on one host: the older one wins every conflict. */
final class HostMerger {
  /** The routes of a host, and what is wrong with them. */
  record Merged(VirtualHost routes, List<Diagnostic> diagnostics) {}

  private HostMerger() {}

  /**
   * Merges.
   *
   * @param contributors those that name the host, in order of precedence
   */
  static Merged merge(String host, Collection<CompiledIngress> contributors) {
    VirtualHost.Builder routes = new VirtualHost.Builder();
    List<Diagnostic> diagnostics = new ArrayList<>();
    for (CompiledIngress compiled : contributors) {
      CompiledIngress.HostPart part = compiled.host(host);
      for (Route route : part.routes) {
        Route earlier = routes.add(route);
        if (earlier != null) {
          diagnostics.add(
              new Diagnostic(
                  compiled.ingress.key(),
                  compiled.ingress.metadata().uid(),
                  Reason.CONFLICT,
                  "host '"
                      + host
                      + "' path '"
                      + Printable.of(route.match().path())
                      + "' is served by "
                      + earlier.origin()));
        }
      }
      if (part.fallback != null) {
        routes.addDefault(part.fallback);
      }
    }
    return new Merged(routes.build(), diagnostics);
  }
}
