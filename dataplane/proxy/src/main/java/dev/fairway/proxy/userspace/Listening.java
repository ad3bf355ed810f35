// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

/** What answers an address: its open sockets. Confined to the event loop of its frontend. */
interface Listening {
  /** Makes it deaf (no client hears anything from it), or hear again. */
  void setDeaf(boolean deaf);

  /** Lets it have all new clients of an address that it shares with a predecessor. */
  void takeOver();

  /** Closes it; from then on clients are refused. */
  void close();
}
