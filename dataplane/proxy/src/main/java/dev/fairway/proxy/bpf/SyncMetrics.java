// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a sync adds to the counters. */
final class SyncMetrics {
  private SyncMetrics() {}

  static void record(ProxyMetrics metrics, SnapshotDelta delta, double seconds) {
    metrics.syncSeconds.observe(seconds);
    (delta.before().revision() == 0 ? metrics.fullSyncSeconds : metrics.partialSyncSeconds)
        .observe(seconds);
    if (delta.before().services().isEmpty()) {
      for (ServiceInfo service : delta.after().services()) {
        metrics.serviceChanges.increment();
        metrics.endpointChanges.add(service.slices().isEmpty() ? 0 : 1);
      }
      return;
    }
    for (ServiceName name : delta.changed()) {
      ServiceInfo before = delta.before().service(name);
      ServiceInfo after = delta.after().service(name);
      if (before == null || after == null || !before.settings().equals(after.settings())) {
        metrics.serviceChanges.increment();
      }
      if (!slicesOf(before).equals(slicesOf(after))) {
        metrics.endpointChanges.increment();
      }
    }
  }

  private static List<SliceEndpoints> slicesOf(@Nullable ServiceInfo service) {
    return service == null ? List.of() : service.slices();
  }
}
