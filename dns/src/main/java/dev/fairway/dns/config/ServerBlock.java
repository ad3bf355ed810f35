// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.List;

/**
 * What is said about some zones.
 *
 * @param keys zones, each perhaps with scheme and port
 * @param directives about them
 * @param place where it starts
 */
record ServerBlock(List<String> keys, List<Directive> directives, Directive.Place place) {
  ServerBlock {
    keys = List.copyOf(keys);
    directives = List.copyOf(directives);
  }
}
