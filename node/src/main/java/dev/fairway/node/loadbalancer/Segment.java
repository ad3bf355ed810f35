// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.util.Set;

/** The local networks of this machine. */
interface Segment extends AutoCloseable {
  /**
   * Sends an Ethernet frame.
   *
   * @throws IOException if it cannot be sent now
   */
  void send(Device device, byte[] frame) throws IOException;

  /** Hears these multicast groups of IPv6 and no others. */
  void listenTo(Set<Group> groups);

  @Override
  void close();

  /** A multicast group on an interface. */
  record Group(Device device, IpAddress address) {}
}
