// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.ClientAddress;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;

/**
 * Limits how many requests of a client are open at a time; more are refused.
 *
 * @param zone keeps count, the same one as long as the limit is the same
 * @param status of the answer to more
 * @param exempt clients without a limit
 */
public record ConcurrencyLimit(LimitZone zone, int requests, int status, List<IpPrefix> exempt)
    implements RouteFilter {
  public ConcurrencyLimit {
    exempt = List.copyOf(exempt);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    IpAddress client = ClientAddress.of(request);
    if (client != null && AddressRules.contains(exempt, client)) {
      return Outcome.CONTINUE;
    }
    if (!zone.enter(client, requests)) {
      request.answer(status, "too many requests of this client at a time");
      return Outcome.ANSWERED;
    }
    request.onEnd(() -> zone.leave(client));
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "a client may have " + requests + " requests open; others are answered with " + status;
  }
}
