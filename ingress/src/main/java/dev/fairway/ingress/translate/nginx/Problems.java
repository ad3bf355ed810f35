// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

/** Takes what is wrong with the annotations of an Ingress. */
@FunctionalInterface
public interface Problems {
  /** What kind of problem it is. */
  enum Kind {
    /** The key exists, but has no effect here. */
    UNSUPPORTED,
    /** Nobody knows the key. */
    UNKNOWN,
    /** The key will never be served. */
    REFUSED,
    /** The value is not one of those allowed. */
    INVALID,
    /** The value takes effect only when the gateway starts. */
    RESTART,
    /** What the annotation names is missing or broken. */
    BROKEN_REFERENCE
  }

  /**
   * Reports.
   *
   * @param message one sentence of printable ASCII
   */
  void report(Kind kind, String message);
}
