// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.observe.ServedRequest;
import java.time.Instant;

/** Writes the line of a request. Stateless. */
interface LineWriter {
  /** Appends the line without its end; what clients sent cannot end it or pass for a field. */
  void write(StringBuilder out, ServedRequest request, Instant end);
}
