// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AnyAccess;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may pass the paths of an Ingress: by address, as a user, by the word of another service; all
 * of these, or one where that is asked for. Immutable.
 *
 * @param blocked keeps those away who may pass nowhere, or null
 * @param addresses by address, or null
 * @param any whether one is enough
 */
record AccessPlan(
    @Nullable RouteFilter blocked,
    @Nullable RouteFilter addresses,
    @Nullable RouteFilter users,
    @Nullable RouteFilter service,
    boolean any,
    GlobalSettings global) {

  /**
   * Reads it.
   *
   * @param upstreams takes the Service that is asked
   */
  static AccessPlan read(
      Annotations annotations, SettingsContext context, Set<UpstreamSpec> upstreams) {
    return new AccessPlan(
        AccessSettings.blocked(context.global().access()),
        AccessSettings.read(annotations, context.global().access()),
        UserSettings.read(annotations, context),
        service(annotations, context, upstreams),
        annotations.choice("satisfy", List.of("all", "any"), "all").equals("any"),
        context.global());
  }

  private static @Nullable RouteFilter service(
      Annotations annotations, SettingsContext context, Set<UpstreamSpec> upstreams) {
    GlobalSettings global = context.global();
    boolean wanted = annotations.flag("enable-global-auth", true);
    if (annotations.has("auth-url") || global.auth().isEmpty() || !wanted) {
      return AuthSettings.read(annotations, context.answers(), upstreams);
    }
    // What is wrong with it is told to the owner of the gateway, not to that of the Ingress.
    Annotations shared = Annotations.of(global.auth(), (_, _) -> {});
    return AuthSettings.read(shared, context.answers(), upstreams);
  }

  /**
   * Whether who passes may depend on the path. Not so where the same clients are kept away from
   * every path.
   */
  boolean dependsOnPath() {
    return addresses != null || users != null || service != null;
  }

  /** The checks for a path. */
  List<RouteFilter> of(RouteMatch match) {
    List<RouteFilter> checks = new ArrayList<>(3);
    add(checks, addresses);
    if (!global.isOpen(match.path())) {
      add(checks, users);
      add(checks, service);
    }
    boolean closed = checks.stream().anyMatch(FixedAnswer.class::isInstance);
    List<RouteFilter> all = new ArrayList<>(2);
    add(all, blocked);
    if (any && checks.size() > 1 && !closed) {
      all.add(new AnyAccess(checks));
    } else {
      all.addAll(checks);
    }
    return all;
  }

  private static void add(List<RouteFilter> filters, @Nullable RouteFilter filter) {
    if (filter != null) {
      filters.add(filter);
    }
  }
}
