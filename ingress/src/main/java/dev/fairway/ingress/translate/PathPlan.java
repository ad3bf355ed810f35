// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.filter.SlashRedirect;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.nginx.CanarySettings;
import dev.fairway.ingress.translate.nginx.IngressSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A path of an Ingress, before it is known what else its host has. Immutable.
 *
 * @param origin the Ingress, for people
 * @param written the path as the Ingress has it, not normalised
 */
record PathPlan(
    String origin, String written, RouteMatch match, RouteAction action, IngressSettings settings) {

  /**
   * The route.
   *
   * @param canary what shares the requests, or null
   */
  Route route(HostFacts host, @Nullable PathPlan canary) {
    RouteMatch as =
        host.expressions() && match.pathType() != PathType.REGEX
            ? RouteMatch.regex(match.host(), written, false)
            : match;
    List<RouteFilter> filters = settings.filters(as, host.tls(), host.guard());
    UpstreamSpec main = upstream();
    if (main == null) {
      return new Route(origin, as, filters, action, settings.policy(), settings.telemetry());
    }
    CanarySettings sharing = canary == null ? null : canary.settings.canary();
    UpstreamSpec other = canary == null ? null : canaryUpstream(canary);
    List<RouteFilter> mainSteps = settings.backendFilters(as, main);
    if (sharing == null || other == null) {
      BackendRef all = new BackendRef(new BackendRef.Service(main), 1, mainSteps);
      RouteAction forward = mainSteps.isEmpty() ? action : new RouteAction.Forward(List.of(all));
      return new Route(origin, as, filters, forward, settings.policy(), settings.telemetry());
    }
    String session = settings.canarySession();
    List<RouteFilter> steps = session.isEmpty() ? List.of() : settings.backendFilters(as, other);
    int share = sharing.share();
    BackendRef ours =
        new BackendRef(new BackendRef.Service(main), sharing.total() - share, mainSteps);
    BackendRef theirs = new BackendRef(new BackendRef.Service(other), share, steps);
    if (sharing.asksRequests() || !session.isEmpty()) {
      filters = new ArrayList<>(filters);
      filters.add(sharing.split(session, main, other, ours, theirs));
    }
    RouteAction shared = new RouteAction.Forward(List.of(ours, theirs));
    return new Route(origin, as, filters, shared, settings.policy(), settings.telemetry());
  }

  /** The route where nothing else of the host matters. */
  Route route(HostFacts host) {
    return route(new HostFacts(host.tls(), false, host.guard()), null);
  }

  /** How the backend of a canary of this path is talked to, or null where there is none. */
  @Nullable UpstreamSpec canaryUpstream(PathPlan canary) {
    UpstreamSpec theirs = canary.upstream();
    return theirs == null ? null : settings.upstream(theirs.port(), canary.settings);
  }

  private @Nullable UpstreamSpec upstream() {
    return action instanceof RouteAction.Forward forward
            && forward.backends().getFirst().target() instanceof BackendRef.Service service
        ? service.upstream()
        : null;
  }

  /** Whether another plan is for the same path. */
  boolean hasPathOf(PathPlan other) {
    return match.pathType() == other.match.pathType() && match.path().equals(other.match.path());
  }

  /** Whether nginx would redirect the same path without its last slash. */
  boolean endsInSlash() {
    return match.pathType() != PathType.REGEX
        && match.path().length() > 1
        && match.path().endsWith("/");
  }

  /** The path without its last slash. */
  String withoutSlash() {
    String path = match.path();
    return path.substring(0, path.length() - 1);
  }

  /** What answers the path without its last slash. */
  Route slashRedirect(HostFacts host) {
    RouteMatch bare = RouteMatch.path(match.host(), PathType.EXACT, withoutSlash());
    List<RouteFilter> filters = new ArrayList<>(settings.filters(bare, host.tls(), host.guard()));
    filters.addFirst(new SlashRedirect());
    return new Route(origin, bare, filters, action, settings.policy(), settings.telemetry());
  }
}
