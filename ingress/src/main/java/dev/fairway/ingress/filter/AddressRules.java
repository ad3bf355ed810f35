// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.ClientAddress;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients through by their address; the others get 403.
 *
 * @param denied wins over allowed
 * @param allowed empty for everybody that is not denied
 */
public record AddressRules(List<IpPrefix> denied, List<IpPrefix> allowed) implements AccessCheck {
  public AddressRules {
    denied = List.copyOf(denied);
    allowed = List.copyOf(allowed);
  }

  @Override
  public void decide(RequestContext request, Verdict verdict) {
    if (admits(ClientAddress.of(request))) {
      verdict.admit();
    } else {
      verdict.refuse(() -> request.answer(403, "not for this address"));
    }
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
