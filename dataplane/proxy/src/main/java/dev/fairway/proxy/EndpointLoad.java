// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections an endpoint has through this proxy. Thread-safe. */
public final class EndpointLoad {
  private final AtomicInteger open = new AtomicInteger();

  /** A connection begins. */
  public void begin() {
    open.incrementAndGet();
  }

  /** A connection ended, or did not come about. */
  public void end() {
    open.decrementAndGet();
  }

  int open() {
    return open.get();
  }

  @Override
  public String toString() {
    return open + " open";
  }
}
