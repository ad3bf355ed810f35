// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Is told what the server could not do. */
@FunctionalInterface
public interface DnsEvents {
  /** An address other than the first cannot be listened on; the server goes on without it. */
  void cannotListen(InetSocketAddress address, IOException reason);
}
