// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.proxy.Proxier;
import dev.fairway.service.IpAddress;
import java.util.Collection;

/** A proxier, and what its node tells it beside snapshots. Thread-safe. */
public interface DataPlane {
  /** What programs it. */
  Proxier proxier();

  /**
   * The node is in another topology zone.
   *
   * @param zone "" for none
   */
  void setZone(String zone);

  /** Addresses of the machine may have changed. */
  void refreshAddresses();

  /** The addresses that answer node ports now. */
  Collection<IpAddress> nodePortIps();
}
