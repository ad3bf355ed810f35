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
import java.util.Collection;
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
  /** So many claims are searched one by one. */
  private static final int SHORT = 8;

  private final ProxyContext context;
  private final Map<ServiceName, List<Claim>> byService = new HashMap<>();
  private final Map<Frontend, Programmed> programmed = new HashMap<>();
  private int added;
  private int removed;

  FrontendTable(ProxyContext context) {
    this.context = context;
  }

  /**
   * The addresses a service wants from now on, each once; those it keeps follow the routes of their
   * port.
   */
  void update(ServiceName service, List<Claim> wanted) {
    List<Claim> present =
        wanted.isEmpty() ? byService.remove(service) : byService.put(service, wanted);
    if (present == null) {
      wanted.forEach(this::claim);
      return;
    }
    Collection<Claim> before = searchable(present);
    Collection<Claim> after = searchable(wanted);
    for (Claim claim : present) {
      if (!after.contains(claim)) {
        release(claim);
      }
    }
    for (Claim claim : wanted) {
      if (before.contains(claim)) {
        refresh(claim);
      } else {
        claim(claim);
      }
    }
  }

  private static Collection<Claim> searchable(List<Claim> claims) {
    return claims.size() <= SHORT ? claims : new HashSet<>(claims);
  }

  /** Names of all services that want addresses. */
  Set<ServiceName> services() {
    return new HashSet<>(byService.keySet());
  }

  private void claim(Claim claim) {
    Programmed entry = programmed.get(claim.frontend());
    if (entry == null) {
      program(claim, List.of());
      return;
    }
    List<Claim> waiting = new ArrayList<>(entry.waiting);
    waiting.add(claim);
    entry.waiting = waiting;
    context
        .events()
        .warning(
            claim.port().name().service(),
            ProxyEvents.FRONTEND_CONFLICT,
            claim.frontend()
                + " already belongs to service "
                + entry.claim.port().name().service()
                + ", which keeps it");
  }

  private void release(Claim claim) {
    Programmed entry = programmed.get(claim.frontend());
    if (entry == null) {
      return;
    }
    if (!entry.claim.equals(claim)) {
      entry.waiting.remove(claim);
      return;
    }
    programmed.remove(claim.frontend());
    removed++;
    Steering steering = context.steering();
    if (steering != null) {
      steering.remove(entry.slot);
    }
    entry.slot.loop.execute(entry.slot::remove);
    if (!entry.waiting.isEmpty()) {
      program(entry.waiting.get(0), entry.waiting.subList(1, entry.waiting.size()));
    }
  }

  private void program(Claim claim, List<Claim> waiting) {
    FrontendSlot slot =
        claim.frontend().protocol() == Protocol.UDP
            ? new UdpFrontend(context, claim.frontend(), claim.kind(), claim.port())
            : new TcpFrontend(context, claim.frontend(), claim.kind(), claim.port());
    Programmed entry = new Programmed(slot, claim);
    entry.waiting = waiting.isEmpty() ? List.of() : new ArrayList<>(waiting);
    entry.decision = claim.decide();
    programmed.put(claim.frontend(), entry);
    added++;
    Steering steering = context.steering();
    if (steering != null) {
      steering.add(slot);
    }
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
    final Claim claim;

    /** Who wants the address too, in the order of asking. */
    List<Claim> waiting = List.of();

    Decision decision = Decision.REJECT;

    Programmed(FrontendSlot slot, Claim claim) {
      this.slot = slot;
      this.claim = claim;
    }
  }
}
