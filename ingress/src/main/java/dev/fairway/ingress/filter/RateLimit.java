// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.ClientAddress;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;

/**
 * Limits how many requests a client may send in a time; more are refused.
 *
 * @param zone keeps count, the same one as long as the limit is the same
 * @param requests so many in {@code seconds}
 * @param burst so many more at once
 * @param status of the answer to more
 * @param exempt clients without a limit
 */
public record RateLimit(
    LimitZone zone, int requests, int seconds, int burst, int status, List<IpPrefix> exempt)
    implements RouteFilter {
  public RateLimit {
    exempt = List.copyOf(exempt);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    IpAddress client = ClientAddress.of(request);
    if (client != null && AddressRules.contains(exempt, client)) {
      return Outcome.CONTINUE;
    }
    if (zone.take(client, (double) requests / seconds, burst, request.nanoTime())) {
      return Outcome.CONTINUE;
    }
    request.answer(status, "too many requests of this client");
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "a client may send "
        + requests
        + " requests in "
        + seconds
        + " s and "
        + burst
        + " more at once; others are answered with "
        + status;
  }
}
