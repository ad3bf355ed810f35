// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The live {@link Upstream}s by Service port. Routes name them by {@link BackendPort}, so that a
 * changed endpoint recompiles no route and a changed route loses no connection. Thread-safe.
 */
public final class UpstreamRegistry {
  private final Map<BackendPort, Upstream> upstreams = new ConcurrentHashMap<>();
  private final ReentrantLock updates = new ReentrantLock();
  private final Consumer<List<Endpoint>> onRetired;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  /**
   * @param onRetired told which endpoints take no new requests any more
   */
  public UpstreamRegistry(Consumer<List<Endpoint>> onRetired) {
    this.onRetired = onRetired;
  }

  /** The upstream of a Service port, or null where no route names it (any more). */
  public @Nullable Upstream find(BackendPort port) {
    return upstreams.get(port);
  }

  /** Makes sure that every given port has an upstream; call before the routes are published. */
  public void ensure(Set<BackendPort> ports) {
    updates.lock();
    try {
      for (BackendPort port : ports) {
        if (!upstreams.containsKey(port)) {
          Upstream created = new Upstream(port);
          created.update(snapshot.service(port.service()));
          upstreams.put(port, created);
        }
      }
    } finally {
      updates.unlock();
    }
  }

  /** Forgets every other upstream; call after the routes were published. */
  public void retainOnly(Set<BackendPort> ports) {
    List<Endpoint> retired = new ArrayList<>();
    updates.lock();
    try {
      for (Map.Entry<BackendPort, Upstream> entry : upstreams.entrySet()) {
        if (!ports.contains(entry.getKey())) {
          upstreams.remove(entry.getKey());
          retired.addAll(entry.getValue().update(null));
        }
      }
    } finally {
      updates.unlock();
    }
    announce(retired);
  }

  /**
   * Takes over the endpoints of the changed Services.
   *
   * @param changed null for all
   */
  public void update(ServiceSnapshot after, @Nullable Set<ServiceName> changed) {
    List<Endpoint> retired = new ArrayList<>();
    updates.lock();
    try {
      snapshot = after;
      for (Upstream upstream : upstreams.values()) {
        ServiceName service = upstream.port().service();
        if (changed == null || changed.contains(service)) {
          retired.addAll(upstream.update(after.service(service)));
        }
      }
    } finally {
      updates.unlock();
    }
    announce(retired);
  }

  private void announce(List<Endpoint> retired) {
    if (!retired.isEmpty()) {
      onRetired.accept(retired);
    }
  }
}
