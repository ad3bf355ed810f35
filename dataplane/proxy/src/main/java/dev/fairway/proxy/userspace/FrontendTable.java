// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.PortRoutes.Decision;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who answers which address. Two services may want the same one; the one that came first keeps it,
 * and when it leaves, the next one gets it. Confined to the thread that syncs.
 */
final class FrontendTable {
  private final ProxyContext context;
  private final Map<ServiceName, Set<Claim>> byService = new HashMap<>();
  private final Map<Frontend, List<Claim>> byFrontend = new HashMap<>();
  private final Map<Frontend, Programmed> programmed = new HashMap<>();
  private int added;
  private int removed;

  FrontendTable(ProxyContext context) {
    this.context = context;
  }

  /** The addresses a service wants from now on; those it keeps follow the routes of their port. */
  void update(ServiceName service, Set<Claim> wanted) {
    Set<Claim> present =
        wanted.isEmpty() ? byService.remove(service) : byService.put(service, wanted);
    if (present != null) {
      for (Claim claim : present) {
        if (!wanted.contains(claim)) {
          release(claim);
        }
      }
    }
    for (Claim claim : wanted) {
      if (present == null || !present.contains(claim)) {
        claim(claim);
      } else {
        refresh(claim);
      }
    }
  }

  /** Names of all services that want addresses. */
  Set<ServiceName> services() {
    return new HashSet<>(byService.keySet());
  }

  private void claim(Claim claim) {
    List<Claim> claims = byFrontend.computeIfAbsent(claim.frontend(), _ -> new ArrayList<>(1));
    claims.add(claim);
    if (claims.get(0).equals(claim)) {
      program(claim);
      return;
    }
    ServiceName owner = claims.get(0).port().name().service();
    context
        .events()
        .warning(
            claim.port().name().service(),
            ProxyEvents.FRONTEND_CONFLICT,
            claim.frontend() + " already belongs to service " + owner + ", which keeps it");
  }

  private void release(Claim claim) {
    List<Claim> claims = byFrontend.get(claim.frontend());
    if (claims == null) {
      return;
    }
    boolean owned = claims.indexOf(claim) == 0;
    claims.remove(claim);
    if (owned) {
      Programmed old = programmed.remove(claim.frontend());
      if (old != null) {
        removed++;
        old.slot.loop.execute(old.slot::remove);
      }
      if (!claims.isEmpty()) {
        program(claims.get(0));
      }
    }
    if (claims.isEmpty()) {
      byFrontend.remove(claim.frontend());
    }
  }

  private void program(Claim claim) {
    FrontendSlot slot =
        claim.frontend().protocol() == Protocol.UDP
            ? new UdpFrontend(context, claim.frontend(), claim.kind(), claim.port())
            : new TcpFrontend(context, claim.frontend(), claim.kind(), claim.port());
    Programmed entry = new Programmed(slot);
    entry.decision = claim.decide();
    programmed.put(claim.frontend(), entry);
    added++;
    slot.loop.execute(slot::refresh);
  }

  private void refresh(Claim claim) {
    Programmed entry = programmed.get(claim.frontend());
    if (entry == null || !entry.slot.port.equals(claim.port())) {
      return;
    }
    Decision decision = claim.decide();
    if (decision != entry.decision || claim.frontend().protocol() == Protocol.UDP) {
      entry.decision = decision;
      entry.slot.loop.execute(entry.slot::refresh);
    }
  }

  /** How many addresses appeared since the last call. */
  int takeAdded() {
    int count = added;
    added = 0;
    return count;
  }

  /** How many addresses disappeared since the last call. */
  int takeRemoved() {
    int count = removed;
    removed = 0;
    return count;
  }

  /** A service port wants to answer an address. */
  record Claim(Frontend frontend, FrontendKind kind, PortState port) {
    Decision decide() {
      return port.decide(kind, frontend.address().family());
    }
  }

  private static final class Programmed {
    final FrontendSlot slot;
    Decision decision = Decision.REJECT;

    Programmed(FrontendSlot slot) {
      this.slot = slot;
    }
  }
}
