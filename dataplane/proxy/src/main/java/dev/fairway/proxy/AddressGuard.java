// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.IpAddress;
import java.util.Collection;

/**
 * Keeps programs of the machine that listen on every address (sshd, the kubelet) from answering on
 * addresses that are local for the sake of Services. Thread-safe; what is said takes effect soon.
 */
public interface AddressGuard extends AutoCloseable {
  /** Guards these addresses too. */
  void add(Collection<IpAddress> addresses);

  /** Guards these no more. */
  void remove(Collection<IpAddress> addresses);

  /** Lets go; what is guarded stays so, as routes do. */
  @Override
  void close();
}
