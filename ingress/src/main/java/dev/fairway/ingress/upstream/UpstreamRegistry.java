// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The live {@link Upstream}s by Service port. Routes name them by {@link UpstreamSpec}, so that a
 * changed endpoint recompiles no route and a changed route loses no connection. Thread-safe.
 */
public final class UpstreamRegistry {
  /** How long a request may take from its match to its last attempt. */
  private static final long FORGET_NANOS = 60_000_000_000L;

  private final Map<UpstreamSpec, Upstream> upstreams = new ConcurrentHashMap<>();

  /** Those that no route names any more, and since when. */
  private final Map<UpstreamSpec, Long> unneeded = new HashMap<>();

  private final ReentrantLock updates = new ReentrantLock();
  private final Consumer<List<Endpoint>> onRetired;
  private final LongSupplier nanoClock;
  private final LongSupplier seeds;
  private volatile List<Upstream> checked = List.of();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  /**
   * @param onRetired told which endpoints take no new requests any more
   * @param nanoClock the one of the event loops
   * @param seeds random numbers, one for each upstream
   */
  public UpstreamRegistry(
      Consumer<List<Endpoint>> onRetired, LongSupplier nanoClock, LongSupplier seeds) {
    this.onRetired = onRetired;
    this.nanoClock = nanoClock;
    this.seeds = seeds;
  }

  /** The upstreams that exist now. */
  public Collection<Upstream> all() {
    return List.copyOf(upstreams.values());
  }

  /** The upstreams whose endpoints are to be probed. */
  List<Upstream> checked() {
    return checked;
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
        unneeded.remove(spec);
        if (!upstreams.containsKey(spec)) {
          Upstream created = new Upstream(spec, seeds.getAsLong());
          created.update(snapshot.service(spec.port().service()), nanoClock.getAsLong());
          upstreams.put(spec, created);
          if (spec.policy().healthCheck() != null) {
            findChecked();
          }
        }
      }
    } finally {
      updates.unlock();
    }
  }

  /**
   * Forgets every other upstream; call after the routes were published. A request that was matched
   * before finds its upstream for a while longer.
   */
  public void retainOnly(Set<UpstreamSpec> specs) {
    List<Endpoint> retired = new ArrayList<>();
    updates.lock();
    try {
      long now = nanoClock.getAsLong();
      for (UpstreamSpec spec : upstreams.keySet()) {
        if (specs.contains(spec)) {
          unneeded.remove(spec);
        } else {
          unneeded.putIfAbsent(spec, now);
        }
      }
      retired.addAll(forget(now));
    } finally {
      updates.unlock();
    }
    announce(retired);
  }

  private List<Endpoint> forget(long now) {
    List<Endpoint> retired = new ArrayList<>();
    Iterator<Map.Entry<UpstreamSpec, Long>> entries = unneeded.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<UpstreamSpec, Long> entry = entries.next();
      Upstream upstream = upstreams.get(entry.getKey());
      if (upstream != null && now - entry.getValue() >= FORGET_NANOS) {
        entries.remove();
        upstreams.remove(entry.getKey());
        retired.addAll(upstream.update(null, now));
        findChecked();
      }
    }
    return retired;
  }

  private void findChecked() {
    checked =
        upstreams.values().stream()
            .filter(upstream -> upstream.spec().policy().healthCheck() != null)
            .toList();
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
      retired.addAll(forget(nanoClock.getAsLong()));
      for (Upstream upstream : upstreams.values()) {
        ServiceName service = upstream.spec().port().service();
        if (changed == null || changed.contains(service)) {
          retired.addAll(upstream.update(after.service(service), nanoClock.getAsLong()));
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
