// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import java.util.Locale;

/** How the daemons serve. */
enum Mode {
  /** What a user gets who names no mode. */
  EBPF("", "mode ebpf: its self-test passed"),
  USERSPACE("--proxy-mode userspace", "mode userspace as configured");

  private final String flags;
  private final String reason;

  Mode(String flags, String reason) {
    this.flags = flags;
    this.reason = reason;
  }

  String flags() {
    return flags;
  }

  /** What the daemon says about it. */
  String reason() {
    return reason;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
