// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How the slices of one Service and address type get from what they are to what they should be with
 * few writes: endpoints stay where they are, room is filled before slices are made, a slice that
 * would be deleted is reused for one that would be created.
 *
 * @param creates contents of new slices
 * @param updates existing slices with their new content
 * @param deletes slices to delete
 */
record SlicePlan(List<Content> creates, List<Update> updates, List<EndpointSlice> deletes) {

  /** Ports of a slice in a fixed order, so that equal sets are equal lists. */
  static final Comparator<EndpointSlice.Port> PORT_ORDER =
      Comparator.comparing((EndpointSlice.Port p) -> Objects.requireNonNullElse(p.name(), ""))
          .thenComparing(p -> Objects.requireNonNullElse(p.protocol(), ""))
          .thenComparingInt(p -> Objects.requireNonNullElse(p.port(), 0));

  /** What a slice carries. */
  record Content(List<EndpointSlice.Port> ports, List<Endpoint> endpoints) {}

  /** An existing slice and what it should carry. */
  record Update(EndpointSlice slice, Content content) {}

  /**
   * Plans the changes.
   *
   * @param existing the slices of this Service and address type that we manage
   * @param desired endpoints by ports
   * @param max endpoints in one slice
   * @param outdated slices whose metadata has to be written in any case
   */
  static SlicePlan of(
      List<EndpointSlice> existing,
      Map<List<EndpointSlice.Port>, List<Endpoint>> desired,
      int max,
      Predicate<EndpointSlice> outdated) {
    Map<List<EndpointSlice.Port>, List<EndpointSlice>> byPorts = new LinkedHashMap<>();
    List<EndpointSlice> ordered = new ArrayList<>(existing);
    ordered.sort(Comparator.comparing(s -> s.metadata().name()));
    for (EndpointSlice slice : ordered) {
      List<EndpointSlice.Port> ports = new ArrayList<>(slice.ports());
      ports.sort(PORT_ORDER);
      byPorts.computeIfAbsent(ports, p -> new ArrayList<>()).add(slice);
    }
    SlicePlan plan = new SlicePlan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    desired.forEach((ports, endpoints) -> {
      List<EndpointSlice> slices = byPorts.remove(ports);
      new Group(ports, max, outdated).plan(slices == null ? List.of() : slices, endpoints, plan);
    });
    byPorts.values().forEach(plan.deletes::addAll);
    plan.keepPlaceholder(existing.size(), outdated);
    plan.reuseDeletes();
    return plan;
  }

  /** A Service without endpoints has one empty slice. */
  private void keepPlaceholder(int existing, Predicate<EndpointSlice> outdated) {
    if (!creates.isEmpty() || deletes.size() < existing) {
      return;
    }
    for (EndpointSlice slice : deletes) {
      if (slice.ports().isEmpty() && slice.endpoints().isEmpty() && !outdated.test(slice)) {
        deletes.remove(slice);
        return;
      }
    }
    creates.add(new Content(List.of(), List.of()));
  }

  private void reuseDeletes() {
    while (!creates.isEmpty() && !deletes.isEmpty()) {
      updates.add(new Update(deletes.removeFirst(), creates.removeFirst()));
    }
  }

  /** Endpoints with the same ports. */
  private record Group(List<EndpointSlice.Port> ports, int max, Predicate<EndpointSlice> outdated) {

    /** A slice with its endpoints as they will be. */
    private record Draft(@Nullable EndpointSlice slice, List<Endpoint> endpoints) {}

    void plan(List<EndpointSlice> slices, List<Endpoint> desired, SlicePlan plan) {
      Map<Object, Endpoint> missing = new LinkedHashMap<>();
      for (Endpoint endpoint : desired) {
        missing.put(identity(endpoint), endpoint);
      }
      List<Draft> changed = new ArrayList<>();
      List<Draft> unchanged = new ArrayList<>();
      for (EndpointSlice slice : slices) {
        List<Endpoint> kept = new ArrayList<>();
        for (Endpoint endpoint : slice.endpoints()) {
          Endpoint wanted = missing.remove(identity(endpoint));
          if (wanted != null) {
            kept.add(wanted);
          }
        }
        if (kept.isEmpty()) {
          plan.deletes.add(slice);
        } else if (kept.equals(slice.endpoints()) && !outdated.test(slice)) {
          unchanged.add(new Draft(slice, kept));
        } else {
          changed.add(new Draft(slice, kept));
        }
      }
      List<Endpoint> rest = new ArrayList<>(missing.values());
      changed.sort(Comparator.comparingInt((Draft d) -> d.endpoints().size()).reversed());
      changed.forEach(draft -> fill(draft, rest));
      while (!rest.isEmpty()) {
        Draft room = roomFor(rest.size(), unchanged);
        Draft target = room == null ? new Draft(null, new ArrayList<>()) : room;
        unchanged.remove(target);
        fill(target, rest);
        changed.add(target);
      }
      for (Draft draft : changed) {
        Content content = new Content(ports, List.copyOf(draft.endpoints()));
        if (draft.slice() == null) {
          plan.creates.add(content);
        } else {
          plan.updates.add(new Update(draft.slice(), content));
        }
      }
    }

    private void fill(Draft draft, List<Endpoint> rest) {
      int count = Math.min(rest.size(), max - draft.endpoints().size());
      if (count > 0) {
        List<Endpoint> part = rest.subList(0, count);
        draft.endpoints().addAll(part);
        part.clear();
      }
    }

    /** The fullest slice that takes all the rest. */
    private @Nullable Draft roomFor(int count, List<Draft> drafts) {
      Draft best = null;
      for (Draft draft : drafts) {
        int size = draft.endpoints().size();
        if (size + count <= max && (best == null || size > best.endpoints().size())) {
          best = draft;
        }
      }
      return best;
    }

    private static Object identity(Endpoint endpoint) {
      return endpoint.targetRef() == null
          ? endpoint.addresses()
          : List.of(endpoint.addresses(), endpoint.targetRef().uid());
    }
  }
}
