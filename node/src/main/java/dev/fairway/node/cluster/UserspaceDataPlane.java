// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.IpAddress;
import java.util.Collection;

/** Ordinary sockets. */
public final class UserspaceDataPlane implements DataPlane {
  private final UserspaceProxier userspace;
  private final Proxier outer;
  private final Runnable onRefresh;

  /** A data plane of one proxier. */
  public UserspaceDataPlane(UserspaceProxier userspace) {
    this(userspace, userspace, () -> {});
  }

  /**
   * A data plane of a proxier with another one around it.
   *
   * @param outer sees every snapshot first
   * @param onRefresh is told too when addresses of the machine may have changed
   */
  public UserspaceDataPlane(UserspaceProxier userspace, Proxier outer, Runnable onRefresh) {
    this.userspace = userspace;
    this.outer = outer;
    this.onRefresh = onRefresh;
  }

  @Override
  public Proxier proxier() {
    return outer;
  }

  @Override
  public void setZone(String zone) {
    userspace.setZone(zone);
  }

  @Override
  public void refreshAddresses() {
    onRefresh.run();
    userspace.refreshAddresses();
  }

  @Override
  public Collection<IpAddress> nodePortIps() {
    return userspace.nodePortIps();
  }
}
