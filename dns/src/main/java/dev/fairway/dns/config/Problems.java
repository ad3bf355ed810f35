// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that a user sees it all at once. */
final class Problems {
  private static final int MAX = 50;

  private final List<String> found = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** Something is wrong. */
  void add(Directive.Place place, String text) {
    if (found.size() < MAX) {
      found.add(place + ": " + text);
    }
  }

  /** A value is wrong. */
  void value(Directive.Place place, String value, String allowed) {
    add(place, "'" + value + "' is not possible (allowed: " + allowed + ")");
  }

  /** Something is accepted and has no effect. */
  void warn(Directive.Place place, String text) {
    warnings.add(place + ": " + text);
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /** Throws if anything is wrong. */
  void raise() throws ConfigException {
    if (!found.isEmpty()) {
      throw new ConfigException(found);
    }
  }
}
