// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.PortRoutes.Decision;

/** What becomes of a new connection, in the numbers of {@code enum verdict}. */
enum Verdict {
  FORWARD,
  REJECT,
  DROP,
  /** The userspace proxier decides. */
  STEER;

  private static final Verdict[] ALL = values();

  static Verdict of(Decision decision) {
    return switch (decision) {
      case FORWARD -> FORWARD;
      case REJECT -> REJECT;
      case DROP -> DROP;
    };
  }

  static Verdict of(int number) {
    return ALL[number];
  }
}
