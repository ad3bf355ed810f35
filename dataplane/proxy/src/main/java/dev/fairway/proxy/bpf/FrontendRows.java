// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.ServiceName;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which service has which frontend, and with what value the kernel has it. Two services may want
 * the same one; the one that came first keeps it, and when it leaves, the next one gets it.
 * Confined to the thread that syncs.
 */
final class FrontendRows {
  private final ProxyEvents events;
  private final MapBatch puts;
  private final MapBatch removals;
  private Map<FrontendKey, Claim> owners = new HashMap<>();
  private final Map<FrontendKey, List<Claim>> waiting = new HashMap<>();
  private Map<ServiceName, List<Claim>> byService = new HashMap<>();

  /** To be removed when everything else is written. */
  private final List<FrontendKey> removed = new ArrayList<>();

  private DataPath path;
  private BackendSets sets;
  private Map<FrontendKey, FrontendValue> adopted = Map.of();
  private int added;

  FrontendRows(Arena arena, DataPath path, BackendSets sets, ProxyEvents events) {
    this.path = path;
    this.sets = sets;
    this.events = events;
    long keySize = MapLayouts.FRONTEND_KEY.byteSize();
    puts = new MapBatch(arena, keySize, MapLayouts.FRONTEND.byteSize());
    removals = new MapBatch(arena, keySize, 0);
  }

  /**
   * Forgets everything: what there is, is what the kernel has.
   *
   * @param services how many will come
   */
  void restart(DataPath current, Map<FrontendKey, FrontendValue> present, int services) {
    path = current;
    adopted = present;
    owners = HashMap.newHashMap(2 * services);
    waiting.clear();
    byService = HashMap.newHashMap(services);
    removed.clear();
    puts.clear();
    removals.clear();
  }

  /** What a service wants from now on. */
  void update(ServiceName service, Map<FrontendKey, FrontendValue> wanted) {
    List<Claim> before = byService.getOrDefault(service, List.of());
    Map<FrontendKey, Claim> known = before.isEmpty() ? Map.of() : new HashMap<>();
    for (Claim claim : before) {
      if (wanted.containsKey(claim.key)) {
        known.put(claim.key, claim);
      } else {
        release(claim);
      }
    }
    List<Claim> after = new ArrayList<>(wanted.size());
    for (Map.Entry<FrontendKey, FrontendValue> entry : wanted.entrySet()) {
      Claim claim = known.get(entry.getKey());
      if (claim == null) {
        claim = new Claim(service, entry.getKey(), entry.getValue());
        claim(claim);
      } else if (!claim.value.equals(entry.getValue())) {
        claim.value = entry.getValue();
        if (owners.get(claim.key) == claim) {
          put(claim);
        }
      }
      after.add(claim);
    }
    if (after.isEmpty()) {
      byService.remove(service);
    } else {
      byService.put(service, List.copyOf(after));
    }
  }

  private void claim(Claim claim) {
    Claim owner = owners.putIfAbsent(claim.key, claim);
    if (owner == null) {
      added++;
      put(claim);
      return;
    }
    waiting.computeIfAbsent(claim.key, _ -> new ArrayList<>(1)).add(claim);
    if (claim.key.port() != 0) {
      events.warning(
          claim.service,
          ProxyEvents.FRONTEND_CONFLICT,
          claim.key + " already belongs to service " + owner.service + ", which keeps it");
    }
  }

  private void release(Claim claim) {
    List<Claim> others = waiting.get(claim.key);
    if (owners.get(claim.key) != claim) {
      if (others != null) {
        others.remove(claim);
        if (others.isEmpty()) {
          waiting.remove(claim.key);
        }
      }
      return;
    }
    if (others == null) {
      owners.remove(claim.key);
      removed.add(claim.key);
      return;
    }
    Claim next = others.removeFirst();
    if (others.isEmpty()) {
      waiting.remove(claim.key);
    }
    owners.put(claim.key, next);
    put(next);
  }

  private void put(Claim claim) {
    if (claim.value.equals(adopted.get(claim.key))) {
      return;
    }
    if (puts.isFull()) {
      flushPuts();
    }
    puts.begin();
    claim.key.write(puts.keys(), puts.key());
    claim.value.write(puts.values(), puts.value());
  }

  private void flushPuts() {
    sets.flush();
    Room.ensure(path, "frontends", owners.size());
    puts.put(path.map("frontends"));
  }

  /** Writes everything: sets, then frontends that lead to them, then removals. */
  Flushed flush() {
    flushPuts();
    int count = 0;
    for (FrontendKey key : removed) {
      // Another service may have taken it over in the meantime.
      if (!owners.containsKey(key)) {
        remove(key);
        count++;
      }
    }
    removed.clear();
    for (FrontendKey key : adopted.keySet()) {
      if (!owners.containsKey(key)) {
        remove(key);
        count++;
      }
    }
    adopted = Map.of();
    removals.remove(path.map("frontends"));
    Flushed flushed = new Flushed(added, count);
    added = 0;
    return flushed;
  }

  private void remove(FrontendKey key) {
    if (removals.isFull()) {
      removals.remove(path.map("frontends"));
    }
    removals.begin();
    key.write(removals.keys(), removals.key());
  }

  /** What the kernel had for a frontend before the first sync. */
  @Nullable FrontendValue adopted(FrontendKey key) {
    return adopted.get(key);
  }

  /** The service that has a frontend. */
  @Nullable ServiceName owner(FrontendKey key) {
    Claim claim = owners.get(key);
    return claim == null ? null : claim.service;
  }

  /** All frontends. */
  Collection<FrontendKey> keys() {
    return owners.keySet();
  }

  int size() {
    return owners.size();
  }

  /** How many frontends appeared and disappeared. */
  record Flushed(int added, int removed) {}

  private static final class Claim {
    final ServiceName service;
    final FrontendKey key;
    FrontendValue value;

    Claim(ServiceName service, FrontendKey key, FrontendValue value) {
      this.service = service;
      this.key = key;
      this.value = value;
    }
  }
}
