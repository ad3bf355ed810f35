// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import org.jspecify.annotations.Nullable;

/**
 * Host names of listeners and routes: exact, {@code *.parent} for one label or more below the
 * parent, or "" for every host.
 */
final class Hostnames {
  private Hostnames() {}

  /** The hosts that both stand for, or null where there are none. */
  static @Nullable String intersection(String a, String b) {
    if (a.isEmpty() || a.equals(b)) {
      return b;
    }
    if (b.isEmpty()) {
      return a;
    }
    if (covers(a, b)) {
      return b;
    }
    return covers(b, a) ? a : null;
  }

  private static boolean covers(String wildcard, String name) {
    if (!wildcard.startsWith("*.")) {
      return false;
    }
    String suffix = wildcard.substring(1);
    return name.length() > suffix.length() && name.endsWith(suffix);
  }
}
