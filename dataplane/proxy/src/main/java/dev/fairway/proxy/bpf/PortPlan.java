// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.bpf.ProgrammedPort.BackendList;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.PortRoutes.Decision;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePortName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A port of a service in one family on its way into the kernel: its frontends, and the sets they
 * lead to. What is kept of it afterwards is a {@link ProgrammedPort}. Confined to the thread that
 * syncs.
 */
final class PortPlan {
  final ServicePortName name;
  final IpFamily family;
  final PortRoutes routes;

  /** 0 where nothing remembers clients. */
  final long id;

  private final boolean members;
  private final Map<FrontendKey, FrontendKind> frontends = new LinkedHashMap<>();
  private @Nullable BackendList internal;
  private @Nullable BackendList external;

  PortPlan(ServiceInfo service, PortRoutes routes) {
    this.name = routes.port().name();
    this.family = routes.family();
    this.routes = routes;
    boolean sticky = routes.affinityTimeoutSeconds() > 0;
    this.members = sticky || isUdp();
    this.id = members || !routes.sourceRanges().isEmpty() ? idOf(name, family) : 0;
    addFrontends(service.clusterIps(), FrontendKind.CLUSTER_IP);
    addFrontends(service.loadBalancerIps(), FrontendKind.LOAD_BALANCER_IP);
    addFrontends(service.externalIps(), FrontendKind.EXTERNAL_IP);
    if (routes.port().nodePort() != 0) {
      frontends.putIfAbsent(
          FrontendKey.ofNodePort(family, routes.port().nodePort(), name.protocol()),
          FrontendKind.NODE_PORT);
    }
  }

  /**
   * The same number in every process, so that what the kernel remembers of clients keeps its
   * meaning after a restart.
   */
  private static long idOf(ServicePortName name, IpFamily family) {
    try {
      String text = name + "/" + family.apiName();
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      long id = ByteBuffer.wrap(hash).getLong();
      return id == 0 ? 1 : id;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void addFrontends(List<IpAddress> addresses, FrontendKind kind) {
    for (IpAddress address : addresses) {
      if (address.family() == family) {
        frontends.putIfAbsent(FrontendKey.of(address, routes.port().port(), name.protocol()), kind);
      }
    }
  }

  boolean isUdp() {
    return name.protocol() == Protocol.UDP;
  }

  boolean isSticky() {
    return routes.affinityTimeoutSeconds() > 0;
  }

  /**
   * Finds the sets: those from before where the endpoints are still the same, those that the kernel
   * had, else new ones.
   *
   * @return backends of UDP that only the kernel had
   */
  Set<Backend> takeSets(
      @Nullable ProgrammedPort before, BackendSets sets, @Nullable Present present) {
    internal =
        routes.decide(FrontendKind.CLUSTER_IP, true) == Decision.FORWARD
            ? list(routes.candidates(FrontendKind.CLUSTER_IP, true), before, sets, present)
            : null;
    external = null;
    if (frontends.size() > 1 && routes.decide(FrontendKind.EXTERNAL_IP, true) == Decision.FORWARD) {
      EndpointSet candidates = routes.candidates(FrontendKind.EXTERNAL_IP, true);
      external =
          internal != null && BackendSets.isSame(internal.endpoints(), candidates)
              ? internal
              : list(candidates, before, sets, present);
    }
    return present != null && isUdp() ? leftBehind(sets, present) : Set.of();
  }

  private Set<Backend> leftBehind(BackendSets sets, Present present) {
    Set<Backend> left = new HashSet<>();
    for (FrontendKey key : frontends.keySet()) {
      FrontendValue value = present.frontends.get(key);
      if (value != null && value.portId() == id && value.size() > 0) {
        left.addAll(sets.read(value.set(), value.size()));
      }
    }
    if (!left.isEmpty()) {
      left.removeAll(Backend.serving(routes.endpoints()));
    }
    return left;
  }

  private BackendList list(
      EndpointSet endpoints,
      @Nullable ProgrammedPort before,
      BackendSets sets,
      @Nullable Present present) {
    if (before != null && before.hasMembers() == members) {
      BackendList known = before.find(endpoints);
      if (known != null) {
        return known;
      }
    }
    if (present != null) {
      for (FrontendKey key : frontends.keySet()) {
        FrontendValue value = present.frontends.get(key);
        if (value != null && present.reuse(value.set(), endpoints, members)) {
          return new BackendList(value.set(), endpoints);
        }
      }
    }
    return new BackendList(sets.add(endpoints, members), endpoints);
  }

  /** What is to be remembered of it. */
  ProgrammedPort programmed() {
    EndpointSet remembered = members ? routes.endpoints() : EndpointSet.empty();
    return new ProgrammedPort(name, family, id, isSticky(), remembered, internal, external);
  }

  /** The frontends with their values; those that are wanted already stay as they are. */
  void addRows(Map<FrontendKey, FrontendValue> rows) {
    frontends.forEach((key, kind) -> rows.putIfAbsent(key, value(kind)));
  }

  private FrontendValue value(FrontendKind kind) {
    BackendList list = kind == FrontendKind.CLUSTER_IP ? internal : external;
    boolean ranged = kind == FrontendKind.LOAD_BALANCER_IP && !routes.sourceRanges().isEmpty();
    Verdict verdict = Verdict.of(routes.decide(kind, true));
    if (ranged && verdict == Verdict.FORWARD) {
      verdict = Verdict.STEER;
    }
    BackendList used = verdict == Verdict.FORWARD ? list : null;
    return new FrontendValue(
        id,
        used == null ? 0 : used.set(),
        used == null ? 0 : used.endpoints().size(),
        routes.affinityTimeoutSeconds(),
        verdict,
        Verdict.of(routes.decide(kind, true)),
        Verdict.of(routes.decide(kind, false)),
        kind,
        ranged);
  }
}
