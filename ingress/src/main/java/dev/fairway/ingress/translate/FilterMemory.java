// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.filter.LimitZones;
import dev.fairway.ingress.filter.PasswordChecks;
import java.util.random.RandomGenerator;

/**
 * What filters remember from one compilation to the next.
 *
 * @param zones of limits
 * @param passwords that were right
 */
record FilterMemory(LimitZones zones, PasswordChecks passwords) {
  static FilterMemory create(RandomGenerator random) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    return new FilterMemory(new LimitZones(), new PasswordChecks(salt));
  }
}
