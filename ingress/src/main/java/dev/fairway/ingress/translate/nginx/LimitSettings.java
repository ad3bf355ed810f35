// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.ConcurrencyLimit;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.filter.RateLimit;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.IpPrefix;
import java.util.List;

/** The annotations about how much a client may ask for. A limit counts for the whole Ingress. */
final class LimitSettings {
  private static final int MAX = 1_000_000;
  private static final int DEFAULT_BURST = 5;

  /** What a zone belongs to; the same limit of the same Ingress is the same zone. */
  private record Owner(Object ingress, String kind, int limit) {}

  private LimitSettings() {}

  static void read(Annotations annotations, SettingsContext context, List<RouteFilter> filters) {
    int connections = annotations.integer("limit-connections", 0, MAX, 0);
    int perSecond = annotations.integer("limit-rps", 0, MAX, 0);
    int perMinute = annotations.integer("limit-rpm", 0, MAX, 0);
    int multiplier = annotations.integer("limit-burst-multiplier", 1, 1000, DEFAULT_BURST);
    List<IpPrefix> exempt = AccessSettings.ranges(annotations, "limit-allowlist");
    if (exempt == null) {
      exempt = List.of();
    }
    for (String name : List.of("limit-connections", "limit-rps", "limit-rpm")) {
      if (annotations.isInvalid(name)) {
        filters.add(new FixedAnswer(503, "the limits of this path are not valid"));
        return;
      }
    }
    if (connections > 0) {
      Owner owner = new Owner(context.ingress(), "connections", connections);
      filters.add(
          new ConcurrencyLimit(
              context.zones().get(owner),
              connections,
              context.global().limits().connections(),
              exempt));
    }
    if (perMinute > 0) {
      addRate("rpm", perMinute, 60, multiplier, exempt, context, filters);
    }
    if (perSecond > 0) {
      addRate("rps", perSecond, 1, multiplier, exempt, context, filters);
    }
  }

  private static void addRate(
      String kind,
      int requests,
      int seconds,
      int multiplier,
      List<IpPrefix> exempt,
      SettingsContext context,
      List<RouteFilter> filters) {
    Owner owner = new Owner(context.ingress(), kind, requests);
    int burst = (int) Math.min(Integer.MAX_VALUE, (long) requests * multiplier);
    filters.add(
        new RateLimit(
            context.zones().get(owner),
            requests,
            seconds,
            burst,
            context.global().limits().requests(),
            exempt));
  }
}
