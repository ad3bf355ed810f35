// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.SyncResult;
import dev.fairway.service.SnapshotDelta;
import java.time.Duration;

/** A proxier whose addresses are made local before it serves them. Thread-safe. */
public final class RoutedProxier implements Proxier {
  private final Proxier inner;
  private final VipRoutes routes;

  /** Around a proxier; closes both. */
  public RoutedProxier(Proxier inner, VipRoutes routes) {
    this.inner = inner;
    this.routes = routes;
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public SyncResult sync(SnapshotDelta delta) {
    routes.prepare(delta);
    SyncResult result = inner.sync(delta);
    routes.retire();
    return result;
  }

  @Override
  public boolean awaitApplied(long revision, Duration timeout) throws InterruptedException {
    return inner.awaitApplied(revision, timeout);
  }

  @Override
  public void close(Duration drain) {
    inner.close(drain);
    routes.close();
  }
}
