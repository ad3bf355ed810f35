// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.filter.AuthCache;
import dev.fairway.ingress.filter.LimitZones;
import dev.fairway.ingress.filter.PasswordChecks;
import dev.fairway.ingress.filter.RequestIds;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What filters remember from one compilation to the next.
 *
 * @param zones of limits
 * @param passwords that were right
 * @param answers of authentication services that hold still
 * @param keys fresh keys of sessions
 */
record FilterMemory(
    LimitZones zones,
    PasswordChecks passwords,
    AuthCache answers,
    RequestIds keys,
    InstantSource clock) {
  static FilterMemory create(RandomGenerator random, InstantSource clock) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    return new FilterMemory(
        new LimitZones(), new PasswordChecks(salt), new AuthCache(), new RequestIds(random), clock);
  }
}
