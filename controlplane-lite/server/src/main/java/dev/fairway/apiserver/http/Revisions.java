// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;

/** Resource versions in requests. */
final class Revisions {
  private Revisions() {}

  /** A resourceVersion parameter; "" counts as 0. */
  static long parse(String text) throws StatusException {
    if (text.isEmpty()) {
      return 0;
    }
    try {
      long revision = Long.parseLong(text);
      if (revision >= 0) {
        return revision;
      }
    } catch (NumberFormatException _) {
      // answered below
    }
    throw StatusException.badRequest(
        "resourceVersion: Invalid value: \""
            + text
            + "\": strconv.ParseUint: parsing \""
            + text
            + "\": invalid syntax");
  }

  /** The revision was never given out, as after the store was replaced. */
  static StatusException tooLarge(long asked, long current) {
    var details = Json.object();
    details
        .putArray("causes")
        .addObject()
        .put("reason", "ResourceVersionTooLarge")
        .put("message", "Too large resource version");
    details.put("retryAfterSeconds", 1);
    return new StatusException(
        504,
        "Timeout",
        "Timeout: Too large resource version: " + asked + ", current: " + current,
        details);
  }
}
