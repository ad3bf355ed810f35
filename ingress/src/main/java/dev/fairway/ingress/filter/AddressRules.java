// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients through by their address; the others get 403. The path of ACME's challenge is open.
 *
 * @param denied wins over allowed
 * @param allowed empty for everybody that is not denied
 */
public record AddressRules(List<IpPrefix> denied, List<IpPrefix> allowed)
    implements RouteFilter, AccessCheck {
  public AddressRules {
    denied = List.copyOf(denied);
    allowed = List.copyOf(allowed);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    if (AcmeChallenge.isPath(request.target().path()) || admits(ClientAddress.of(request))) {
      return Outcome.CONTINUE;
    }
    request.answer(403, "not for this address");
    return Outcome.ANSWERED;
  }

  @Override
  public boolean admitsAtOnce(RequestContext request) {
    return admits(ClientAddress.of(request));
  }

  private boolean admits(@Nullable IpAddress address) {
    if (address == null || contains(denied, address)) {
      return false;
    }
    return allowed.isEmpty() || contains(allowed, address);
  }

  static boolean contains(List<IpPrefix> ranges, IpAddress address) {
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String describe() {
    return "clients: denied " + denied + ", allowed " + (allowed.isEmpty() ? "all" : allowed);
  }
}
