// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * The step from one snapshot to the next; a full resynchronisation is a step from {@link
 * ServiceSnapshot#empty()}.
 *
 * @param changed services that were added, removed or are different, and no others
 * @param triggers when the changes of endpoints in this step were caused, as the annotation {@code
 *     endpoints.kubernetes.io/last-change-trigger-time} tells
 */
public record SnapshotDelta(
    ServiceSnapshot before,
    ServiceSnapshot after,
    Set<ServiceName> changed,
    List<Instant> triggers) {
  public SnapshotDelta {
    changed = Set.copyOf(changed);
    triggers = List.copyOf(triggers);
  }

  /** A step whose causes are not known. */
  public SnapshotDelta(ServiceSnapshot before, ServiceSnapshot after, Set<ServiceName> changed) {
    this(before, after, changed, List.of());
  }

  /** Everything in {@code after}, as seen by somebody who knows nothing yet. */
  public static SnapshotDelta full(ServiceSnapshot after) {
    Set<ServiceName> all = new java.util.HashSet<>();
    for (ServiceInfo service : after.services()) {
      all.add(service.name());
    }
    return new SnapshotDelta(ServiceSnapshot.empty(), after, all);
  }
}
