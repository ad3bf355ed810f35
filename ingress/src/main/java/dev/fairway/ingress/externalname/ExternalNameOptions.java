// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * How Services of type ExternalName are served.
 *
 * @param allowed addresses that would be refused otherwise: loopback, link-local, our own
 * @param servers that resolve names; empty for those of this machine
 */
public record ExternalNameOptions(List<IpPrefix> allowed, List<InetSocketAddress> servers) {
  public ExternalNameOptions {
    allowed = List.copyOf(allowed);
    servers = List.copyOf(servers);
  }

  /** Names are resolved as this machine does, to addresses that are neither local nor ours. */
  public static ExternalNameOptions usual() {
    return new ExternalNameOptions(List.of(), List.of());
  }
}
