// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.kube.api.ObjectKey;

/**
 * Something that the owner of an object should know.
 *
 * @param kind of the object, as it names it
 * @param reason one word, as in Events
 * @param message one sentence of printable ASCII
 */
public record Finding(
    Severity severity, String kind, ObjectKey object, String reason, String message) {
  /** How bad it is. */
  public enum Severity {
    /** Part of the object would not be served as it is written. */
    ERROR,
    /** Something has no effect. */
    WARNING,
    /** Something works in another way than with ingress-nginx, or was assumed. */
    NOTE
  }
}
