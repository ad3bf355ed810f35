// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.EndpointGroup.State;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A port of a Service with the endpoints that take its requests, in turn. Requests read it from any
 * event loop; one thread at a time updates it.
 */
public final class Upstream {
  private final UpstreamSpec spec;
  private final AtomicInteger cursor = new AtomicInteger();
  private volatile EndpointGroup group = EndpointGroup.unavailable(State.SERVICE_NOT_FOUND);

  Upstream(UpstreamSpec spec) {
    this.spec = spec;
  }

  /** The Service port behind this upstream and how it is talked to. */
  public UpstreamSpec spec() {
    return spec;
  }

  /** Why no endpoint can be picked, in words; null where one can. */
  public @Nullable String unavailableReason() {
    return switch (group.state()) {
      case AVAILABLE -> null;
      case SERVICE_NOT_FOUND -> "the Service of the backend does not exist";
      case PORT_NOT_FOUND -> "the Service of the backend has no such port";
      case NO_ENDPOINTS -> "no endpoint of the backend is ready";
    };
  }

  /**
   * The next endpoint in turn. Endpoints that were tried already come last, endpoints that refused
   * a connection lately come before those.
   *
   * @return null where the upstream has no endpoint at all
   */
  public @Nullable Endpoint pick(List<Endpoint> tried, long nanoTime) {
    EndpointGroup current = group;
    int size = current.size();
    if (size == 0) {
      return null;
    }
    int start = Math.floorMod(cursor.getAndIncrement(), size);
    Endpoint first = current.get(start);
    if (tried.isEmpty() && !first.isAvoided(nanoTime)) {
      return first;
    }
    Endpoint avoided = null;
    for (int i = 0; i < size; i++) {
      Endpoint candidate = current.get((start + i) % size);
      if (tried.contains(candidate)) {
        continue;
      }
      if (!candidate.isAvoided(nanoTime)) {
        return candidate;
      }
      avoided = avoided == null ? candidate : avoided;
    }
    return avoided == null ? first : avoided;
  }

  /** Whether there is an endpoint that is not among those tried. */
  public boolean hasUntried(List<Endpoint> tried) {
    EndpointGroup current = group;
    for (int i = 0; i < current.size(); i++) {
      if (!tried.contains(current.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Takes over the endpoints of the Service; returns those that take no requests any more. */
  List<Endpoint> update(@Nullable ServiceInfo service) {
    EndpointGroup before = group;
    EndpointGroup after = resolve(service, before);
    group = after;
    List<Endpoint> gone = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      if (!contains(after, before.get(i))) {
        before.get(i).retire();
        gone.add(before.get(i));
      }
    }
    return gone;
  }

  private EndpointGroup resolve(@Nullable ServiceInfo service, EndpointGroup before) {
    if (service == null) {
      return EndpointGroup.unavailable(State.SERVICE_NOT_FOUND);
    }
    BackendPort port = spec.port();
    for (ServicePort candidate : service.ports()) {
      boolean matches =
          port.name().isEmpty()
              ? candidate.port() == port.number()
              : candidate.name().port().equals(port.name());
      if (matches && candidate.name().protocol() == Protocol.TCP) {
        EndpointSet all = service.endpoints(candidate.name().port(), Protocol.TCP);
        return EndpointGroup.of(usable(all, before));
      }
    }
    return EndpointGroup.unavailable(State.PORT_NOT_FOUND);
  }

  /** Ready endpoints; else those that still serve while they terminate. One address per pod. */
  private static List<Endpoint> usable(EndpointSet all, EndpointGroup before) {
    for (IpFamily family : IpFamily.values()) {
      EndpointSet set = all.family(family);
      List<Endpoint> ready = new ArrayList<>();
      List<Endpoint> terminating = new ArrayList<>();
      for (int i = 0; i < set.size(); i++) {
        if (set.isReady(i)) {
          ready.add(keepOrCreate(set, i, before));
        } else if (set.isServing(i) && set.isTerminating(i)) {
          terminating.add(keepOrCreate(set, i, before));
        }
      }
      List<Endpoint> usable = ready.isEmpty() ? terminating : ready;
      if (!usable.isEmpty()) {
        return usable;
      }
    }
    return List.of();
  }

  private static Endpoint keepOrCreate(EndpointSet set, int i, EndpointGroup before) {
    for (int k = 0; k < before.size(); k++) {
      if (before.get(k).is(set.address(i), set.port(i))) {
        return before.get(k);
      }
    }
    return new Endpoint(set.address(i), set.port(i));
  }

  private static boolean contains(EndpointGroup group, Endpoint endpoint) {
    for (int i = 0; i < group.size(); i++) {
      if (group.get(i) == endpoint) {
        return true;
      }
    }
    return false;
  }
}
