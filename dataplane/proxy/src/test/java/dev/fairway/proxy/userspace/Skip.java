// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.junit.jupiter.api.Assumptions.abort;

/** Leaves a test out, and says why where whoever runs it reads it. */
final class Skip {
  private Skip() {}

  static void unless(boolean possible, String reason) {
    if (!possible) {
      String text = "skipped: " + reason;
      System.out.println(text);
      abort(text);
    }
  }
}
