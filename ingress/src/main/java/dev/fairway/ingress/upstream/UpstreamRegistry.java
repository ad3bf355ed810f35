// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.UpstreamSpec;
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
 * The live {@link Upstream}s by Service port. Routes name them by {@link UpstreamSpec}, so that a
 * changed endpoint recompiles no route and a changed route loses no connection. Thread-safe.
 */
public final class UpstreamRegistry {
  private final Map<UpstreamSpec, Upstream> upstreams = new ConcurrentHashMap<>();
  private final ReentrantLock updates = new ReentrantLock();
  private final Consumer<List<Endpoint>> onRetired;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  /**
   * @param onRetired told which endpoints take no new requests any more
   */
  public UpstreamRegistry(Consumer<List<Endpoint>> onRetired) {
    this.onRetired = onRetired;
  }

  /** The upstream of a spec, or null where no route names it (any more). */
  public @Nullable Upstream find(UpstreamSpec spec) {
    return upstreams.get(spec);
  }

  /** Makes sure that every given spec has an upstream; call before the routes are published. */
  public void ensure(Set<UpstreamSpec> specs) {
    updates.lock();
    try {
      for (UpstreamSpec spec : specs) {
        if (!upstreams.containsKey(spec)) {
          Upstream created = new Upstream(spec);
          created.update(snapshot.service(spec.port().service()));
          upstreams.put(spec, created);
        }
      }
    } finally {
      updates.unlock();
    }
  }

  /** Forgets every other upstream; call after the routes were published. */
  public void retainOnly(Set<UpstreamSpec> specs) {
    List<Endpoint> retired = new ArrayList<>();
    updates.lock();
    try {
      for (Map.Entry<UpstreamSpec, Upstream> entry : upstreams.entrySet()) {
        if (!specs.contains(entry.getKey())) {
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
        ServiceName service = upstream.spec().port().service();
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
