// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chooses backends by weight and their endpoints in turn: ready ones, else those that still serve
 * while they terminate. Thread-safe.
 */
public final class StreamBalancer {
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger next = new AtomicInteger();
  private volatile ServiceSnapshot services = ServiceSnapshot.empty();

  /** Takes over the endpoints of now. */
  public void update(ServiceSnapshot snapshot) {
    services = snapshot;
  }

  /** A backend by weight, or null where all weights are 0. */
  @Nullable BackendRef choose(List<BackendRef> backends) {
    int total = 0;
    for (BackendRef backend : backends) {
      total += backend.weight();
    }
    if (total == 0) {
      return null;
    }
    // The golden ratio spreads any few in a row as well as many.
    long fraction = (turn.getAndIncrement() * 0x9E3779B1L) & 0xFFFFFFFFL;
    int point = (int) ((fraction * total) >>> 32);
    for (BackendRef backend : backends) {
      point -= backend.weight();
      if (point < 0) {
        return backend;
      }
    }
    return null;
  }

  /** The next endpoint of a backend, or null where it has none or is not valid. */
  @Nullable InetSocketAddress endpoint(BackendRef backend, Protocol protocol) {
    if (!(backend.target() instanceof BackendRef.Service target)) {
      return null;
    }
    BackendPort port = target.upstream().port();
    ServiceInfo service = services.service(port.service());
    if (service == null) {
      return null;
    }
    for (ServicePort candidate : service.ports()) {
      boolean matches =
          port.name().isEmpty()
              ? candidate.port() == port.number()
              : candidate.name().port().equals(port.name());
      if (matches && candidate.name().protocol() == protocol) {
        return endpoint(service.endpoints(candidate.name().port(), protocol));
      }
    }
    return null;
  }

  private @Nullable InetSocketAddress endpoint(EndpointSet all) {
    for (IpFamily family : IpFamily.values()) {
      EndpointSet set = all.family(family);
      int ready = count(set, true);
      int usable = ready > 0 ? ready : count(set, false);
      if (usable > 0) {
        int wanted = Math.floorMod(next.getAndIncrement(), usable);
        for (int i = 0; i < set.size(); i++) {
          if (isUsable(set, i, ready > 0) && wanted-- == 0) {
            return address(set, i);
          }
        }
      }
    }
    return null;
  }

  private static int count(EndpointSet set, boolean ready) {
    int count = 0;
    for (int i = 0; i < set.size(); i++) {
      count += isUsable(set, i, ready) ? 1 : 0;
    }
    return count;
  }

  private static boolean isUsable(EndpointSet set, int i, boolean ready) {
    return ready ? set.isReady(i) : set.isServing(i) && set.isTerminating(i);
  }

  private static @Nullable InetSocketAddress address(EndpointSet set, int i) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(set.address(i).toBytes()), set.port(i));
    } catch (UnknownHostException impossible) {
      return null;
    }
  }
}
