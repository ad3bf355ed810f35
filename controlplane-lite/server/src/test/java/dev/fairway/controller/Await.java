// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what other threads bring about. */
final class Await {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

  private Await() {}

  /** Returns as soon as the condition holds; fails with a picture of the state if it never does. */
  static void until(String what, BooleanSupplier condition, Supplier<String> picture) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > LIMIT) {
        throw new AssertionError("waited in vain for: " + what + "\n" + picture.get());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }
}
