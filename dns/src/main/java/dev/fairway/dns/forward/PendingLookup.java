// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A lookup under way, and who waits for it. Guarded by the forwarder's lock. */
final class PendingLookup {
  private List<Consumer<LookupResult>> waiters = new ArrayList<>(1);

  PendingLookup(Consumer<LookupResult> first) {
    waiters.add(first);
  }

  void add(Consumer<LookupResult> waiter) {
    waiters.add(waiter);
  }

  /** All who wait; nobody does any more. */
  List<Consumer<LookupResult>> take() {
    List<Consumer<LookupResult>> taken = waiters;
    waiters = new ArrayList<>(0);
    return taken;
  }
}
