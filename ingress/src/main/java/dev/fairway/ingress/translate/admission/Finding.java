// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.kube.api.ObjectKey;

/**
 * Something that the owner of an Ingress should know.
 *
 * @param reason one word, as in Events
 * @param message one sentence of printable ASCII
 */
public record Finding(Severity severity, ObjectKey ingress, String reason, String message) {
  /** How bad it is. */
  public enum Severity {
    /** Part of the Ingress would not be served as it is written. */
    ERROR,
    /** Something has no effect. */
    WARNING,
    /** Something works in another way than with ingress-nginx. */
    NOTE
  }
}
