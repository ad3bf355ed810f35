// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

/** A request that waits for a place at an endpoint. */
public interface Waiter {
  /** A place may be free: choose again. Called on any thread; must not block. */
  void placeFree();
}
