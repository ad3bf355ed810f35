// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.HttpFields;
import org.jspecify.annotations.Nullable;

/** Which trailer fields may pass. They are never merged into the header fields. */
public final class Trailers {
  private Trailers() {}

  /**
   * Removes every field that the gateway treats specially: framing, routing, credentials, cookies
   * and the description of the content have no business in trailers (RFC 9110 section 6.5.1).
   */
  public static @Nullable HttpFields filter(@Nullable HttpFields trailers) {
    if (trailers == null) {
      return null;
    }
    for (int i = trailers.size() - 1; i >= 0; i--) {
      switch (trailers.field(i)) {
        case OTHER -> {}
        default -> trailers.remove(i);
      }
    }
    return trailers;
  }
}
