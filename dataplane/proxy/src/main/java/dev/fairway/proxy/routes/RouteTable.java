// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The kernel's local routes that belong to us. */
interface RouteTable extends AutoCloseable {
  /** Addresses that have one, of both families; those of an earlier process too. */
  Set<IpAddress> present() throws IOException;

  /**
   * Adds routes.
   *
   * @param routes each for one address that has none of ours
   * @return addresses that were left alone, because they are local already
   * @throws IOException if the kernel refuses; some may have been added
   */
  Set<IpAddress> add(List<Route> routes) throws IOException;

  /** Removes ours of these addresses; one that is gone already is no failure. */
  void remove(Collection<IpAddress> addresses) throws IOException;

  @Override
  void close();

  /**
   * One address.
   *
   * @param source the address that connections of this machine come from; the address itself where
   *     the machine has no other of the family
   */
  record Route(IpAddress address, IpAddress source) {}
}
