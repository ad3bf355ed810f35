// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
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
  private final @Nullable ResolvedNames names;

  /** The names of Services that are only names. */
  private final Map<ServiceName, String> named = new HashMap<>();

  private volatile List<Upstream> checked = List.of();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  /**
   * @param onRetired told which endpoints take no new requests any more
   * @param nanoClock the one of the event loops
   * @param seeds random numbers, one for each upstream
   */
  public UpstreamRegistry(
      Consumer<List<Endpoint>> onRetired, LongSupplier nanoClock, LongSupplier seeds) {
    this(onRetired, nanoClock, seeds, null);
  }

  /**
   * @param onRetired told which endpoints take no new requests any more
   * @param nanoClock the one of the event loops
   * @param seeds random numbers, one for each upstream
   * @param names resolves Services of type ExternalName; null where they are not served
   */
  public UpstreamRegistry(
      Consumer<List<Endpoint>> onRetired,
      LongSupplier nanoClock,
      LongSupplier seeds,
      @Nullable ResolvedNames names) {
    this.names = names;
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
          refresh(created);
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
        forgetName(entry.getKey().port().service());
      }
    }
    return retired;
  }

  private void forgetName(ServiceName service) {
    if (!named.containsKey(service)) {
      return;
    }
    for (UpstreamSpec left : upstreams.keySet()) {
      if (left.port().service().equals(service)) {
        return;
      }
    }
    rename(service, null);
  }

  /** Takes over the endpoints that the Service of an upstream has now. */
  private List<Endpoint> refresh(Upstream upstream) {
    BackendPort port = upstream.spec().port();
    ServiceInfo service = snapshot.service(port.service());
    if (names == null || service == null || service.type() != ServiceType.EXTERNAL_NAME) {
      rename(port.service(), null);
      return upstream.update(service, nanoClock.getAsLong());
    }
    rename(port.service(), service.externalName());
    return upstream.updateNamed(NamedService.resolve(service, port, names), nanoClock.getAsLong());
  }

  private void rename(ServiceName service, @Nullable String name) {
    String before = name == null ? named.remove(service) : named.put(service, name);
    if (names != null && before != null && !before.equals(name)) {
      names.retain(Set.copyOf(named.values()));
    }
  }

  /** Takes over the addresses that a name has now. */
  public void resolved(String name) {
    List<Endpoint> retired = new ArrayList<>();
    updates.lock();
    try {
      for (Upstream upstream : upstreams.values()) {
        if (name.equals(named.get(upstream.spec().port().service()))) {
          retired.addAll(refresh(upstream));
        }
      }
    } finally {
      updates.unlock();
    }
    announce(retired);
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
          retired.addAll(refresh(upstream));
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
