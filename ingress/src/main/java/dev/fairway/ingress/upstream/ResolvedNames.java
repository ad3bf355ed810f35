// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.service.IpAddress;
import java.util.List;
import java.util.Set;

/** The addresses of Services that are only names. Does not block. */
public interface ResolvedNames {
  /**
   * The addresses of a name that requests to a port may go to; none where it cannot be resolved, or
   * not yet. From now on changes are told.
   */
  List<IpAddress> addresses(String name, int port);

  /** Only these names matter from now on. */
  void retain(Set<String> names);
}
